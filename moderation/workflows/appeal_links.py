"""The key of a link to an appeal: which rejection it is about, sealed by us. Nothing of it is stored, so there is no
table of keys that somebody could read; that a rejection is appealed against once only is what the store sees to."""

from __future__ import annotations

import hmac
from base64 import b64decode, urlsafe_b64encode
from uuid import UUID

from moderation.privacy import EmailVault

# In all a multiple of three, so that there is one spelling only.
_COMMENT_BYTES, _VERSION_BYTES, _SEAL_BYTES = 16, 5, 18


def appeal_key(vault: EmailVault, site: UUID, comment: UUID, version: int) -> str:
    """Returns the key for one rejection."""
    told = comment.bytes + version.to_bytes(_VERSION_BYTES, "big")
    return urlsafe_b64encode(told + _seal(vault, site, told)).decode()


def read_appeal_key(vault: EmailVault, site: UUID, key: str) -> tuple[UUID, int] | None:
    """Returns the comment and the version of the decision; None if the key is none of ours, or of another site."""
    try:
        plain = b64decode(key.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        return None
    told, sealed = plain[:-_SEAL_BYTES], plain[-_SEAL_BYTES:]
    if len(told) != _COMMENT_BYTES + _VERSION_BYTES or not hmac.compare_digest(sealed, _seal(vault, site, told)):
        return None
    return UUID(bytes=told[:_COMMENT_BYTES]), int.from_bytes(told[_COMMENT_BYTES:], "big")


def _seal(vault: EmailVault, site: UUID, told: bytes) -> bytes:
    return vault.form_digest(site)(b"appeal|" + told)[:_SEAL_BYTES]
