"""Standard Webhooks 1.0.0: whether a body comes from who knows a secret, and whether it comes in time.

The tests hold `verify` against what the library `standardwebhooks` signs. The library does not verify for us: it reads
the wall clock, decodes the body before it looks at the signature (so that a signed body in a wrong encoding would look
unsigned), and lets headers that it cannot parse escape as ValueError.
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from moderation.digests import mac
from moderation.errors import BadSignature, StaleTimestamp, Unauthenticated

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"

# Both ways, as the specification recommends: enough for clocks that differ, too little to use a stolen request.
TOLERANCE_SECONDS = 300
# The specification asks for 24 to 64 random bytes.
MIN_SECRET_BYTES = 24

_PREFIX = "whsec_"
_LONGEST_NAME = 200
_LONGEST_SECONDS = 20  # digits


def verify(*, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """Returns the id of a delivery that is signed with one of the site's live `secrets`.

    `headers` may be a multi-mapping; a header that comes twice is refused, because a proxy may have read the other
    one. Raises Unauthenticated when a header is missing or doubled, BadSignature when no signature fits, and
    StaleTimestamp only when one does: nobody else learns what our clock says. Raises ValueError for a secret of ours
    that is none.
    """
    delivery, moment, signatures = _only(headers, ID), _only(headers, TIMESTAMP), _only(headers, SIGNATURE)
    if not (_is_name(delivery) and _is_seconds(moment)):
        raise BadSignature()
    signed = b"%b.%b.%b" % (delivery.encode("ascii"), moment.encode("ascii"), body)
    if not _any_fits(signatures, [_signature(secret, signed) for secret in secrets]):
        raise BadSignature()
    if abs(int(moment) - now.timestamp()) > TOLERANCE_SECONDS:
        raise StaleTimestamp()
    return delivery


def _only(headers: Mapping[str, str], wanted: str) -> str:
    getall = getattr(headers, "getall", None)  # a multi-mapping finds them faster than we do
    values = getall(wanted, ()) if getall else [value for name, value in headers.items() if name.lower() == wanted]
    if len(values) != 1 or not values[0]:
        raise Unauthenticated(f"The header {wanted} must be there once.")
    return values[0]


def _is_name(delivery: str) -> bool:
    """Tells whether it is visible ASCII without the dot: with one, `a.b` at 1 and `a` at `b.1` would sign the same."""
    plain = delivery.isascii() and delivery.isprintable() and len(delivery) <= _LONGEST_NAME
    return plain and " " not in delivery and "." not in delivery


def _is_seconds(moment: str) -> bool:
    return moment.isascii() and moment.isdecimal() and len(moment) <= _LONGEST_SECONDS


def _signature(secret: str, signed: bytes) -> bytes:
    return b2a_base64(mac(_key(secret), signed), newline=False)


# The secrets lie in memory anyway; decoding one takes as long as signing.
@lru_cache(maxsize=256)
def _key(secret: str) -> bytes:
    key = b64decode(secret.removeprefix(_PREFIX) + "==")
    # An empty key would be known to everyone.
    if len(key) < MIN_SECRET_BYTES:
        raise ValueError("a webhook secret has at least 24 bytes")
    return key


def _any_fits(signatures: str, expected: Sequence[bytes]) -> bool:
    """Compares every `v1` signature with every expected one: how long it takes does not tell which secret is live."""
    sent = [each[3:].encode("ascii", "replace") for each in signatures.split(" ") if each.startswith("v1,")]
    fits = False
    for signature in sent:
        for each in expected:
            fits |= hmac.compare_digest(signature, each)
    return fits
