"""What a form carries: when it was handed out, for which article, and that it was us.

One form is good for one comment: its name becomes the comment's external id, so that a form which is sent twice, by an
impatient finger or a robot, gets the first receipt again.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# A tab may stay open over a holiday.
GOOD_FOR = timedelta(days=7)

# In all a multiple of three, so that there is one spelling only.
_MOMENT_BYTES, _NAME_BYTES, _SEAL_BYTES = 6, 12, 18

Digest = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form as it was handed out."""

    name: str  # of this one form, at random
    opened_at: datetime

    @property
    def external_id(self) -> str:
        """The id that the comment of this form gets."""
        return f"form-{self.name}"


def new_token(article: str, *, digest: Digest, now: datetime) -> str:
    """Returns the token of a new form for an article. `digest` is keyed, and the site's own."""
    told = int(now.timestamp() * 1000).to_bytes(_MOMENT_BYTES, "big") + os.urandom(_NAME_BYTES)
    return urlsafe_b64encode(told + _seal(told, article, digest)).decode()


def read_token(token: str, article: str, *, digest: Digest, now: datetime) -> OpenForm | None:
    """Returns the form that a token belongs to; None if it is not ours, of another article, or too old."""
    try:
        plain = b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        return None
    told, sealed = plain[:-_SEAL_BYTES], plain[-_SEAL_BYTES:]
    if len(told) != _MOMENT_BYTES + _NAME_BYTES or not hmac.compare_digest(sealed, _seal(told, article, digest)):
        return None
    opened_at = datetime.fromtimestamp(int.from_bytes(told[:_MOMENT_BYTES], "big") / 1000, UTC)
    if not opened_at - GOOD_FOR < now < opened_at + GOOD_FOR:
        return None
    return OpenForm(told[_MOMENT_BYTES:].hex(), opened_at)


def _seal(told: bytes, article: str, digest: Digest) -> bytes:
    return digest(b"token|" + told + article.encode())[:_SEAL_BYTES]
