"""Time and ids. Both are handed in as arguments, so that tests hold them still."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

Clock = Callable[[], datetime]

_RANDOM_BITS = 74
_STEP_BITS = 32


def utc_now() -> datetime:
    """Returns the present moment, aware, in UTC."""
    return datetime.now(UTC)


class _Ids:
    """Makes UUIDv7 (RFC 9562, section 5.7) that also sort by the order in which they were made within a millisecond."""

    def __init__(self) -> None:
        self._milliseconds = -1
        self._bits = 0

    def __call__(self, now: datetime) -> UUID:
        """Returns a new id; sortable by `now`, and not to be guessed from another one."""
        milliseconds = int(now.timestamp() * 1000)
        if milliseconds == self._milliseconds:
            # Method 2 of section 6.2: a random step forwards. The top bit is left clear below, so there is room for it.
            self._bits += 1 + secrets.randbits(_STEP_BITS)
        else:
            self._milliseconds, self._bits = milliseconds, secrets.randbits(_RANDOM_BITS - 1)
        high, low = self._bits >> 62, self._bits & (1 << 62) - 1
        return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


new_id = _Ids()
