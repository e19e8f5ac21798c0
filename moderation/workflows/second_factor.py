"""Codes of an authenticator app (TOTP, RFC 6238): six digits that change every half minute."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

ISSUER = "Moderation"

# Clocks of telephones are seldom further off, and people need time to type.
_STEPS_AROUND = (0, -1, 1)


def new_secret() -> str:
    """Returns a new secret of 160 bits, as 32 letters and digits that people can type."""
    return pyotp.random_base32()


def uri_of(secret: str, *, name: str) -> str:
    """Returns the address that an authenticator app takes a secret from."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(code: str, secret: str, *, now: datetime, last: int | None) -> int | None:
    """Returns the half minute since 1970 that a code belongs to; None if it is wrong, or not later than `last`."""
    totp = pyotp.TOTP(secret)
    digits = "".join(code.split())
    present = int(now.timestamp()) // totp.interval
    for step in (present + around for around in _STEPS_AROUND):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode("utf-8", "surrogatepass")):
            # A code that somebody has looked at over a shoulder lets nobody in a second time.
            return step if last is None or step > last else None
    return None
