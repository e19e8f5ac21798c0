"""Time and ids. Both are handed in as arguments, so that tests hold them still."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, SafeUUID

Clock = Callable[[], datetime]

_RANDOM_BITS = 74
_START_BYTES = 10
# Random steps that are asked for at once: to ask takes as long as all the rest of making an id.
_POOL = struct.Struct(">256I")

# Past `UUID.__setattr__`, which lets nobody set anything.
_set_number, _set_safety = UUID.int.__set__, UUID.is_safe.__set__  # type: ignore[attr-defined,misc]


def utc_now() -> datetime:
    """Returns the present moment, aware, in UTC."""
    return datetime.now(UTC)


def rfc_3339(moment: datetime) -> str:
    """Writes a moment, itself in UTC, as all interfaces do: `2026-11-23T09:41:00Z`, with microseconds if it has any."""
    return moment.isoformat().replace("+00:00", "Z")


def uuid_of(number: int) -> UUID:
    """Returns `UUID(int=number)` of a number that is known to have 128 bits, in a fifth of its time."""
    made = object.__new__(UUID)
    _set_number(made, number)
    _set_safety(made, SafeUUID.unknown)
    return made


class _Ids:
    """Makes UUIDv7 (RFC 9562, section 5.7) that also sort by the order in which they were made within a millisecond.

    Of two threads at once, one may not see the other's step; the steps are random, so ids stay apart all the same.
    """

    def __init__(self) -> None:
        self._moment: tuple[datetime | None, int] = (None, 0)
        self._milliseconds = -1
        self._bits = 0
        self.forget_pool()

    def __call__(self, now: datetime) -> UUID:
        """Returns a new id; sortable by `now`, and not to be guessed from another one."""
        moment, milliseconds = self._moment
        if now is not moment:  # a batch has one moment, and to read it takes as long as all the rest
            milliseconds = int(now.timestamp() * 1000)
            self._moment = (now, milliseconds)
        if milliseconds == self._milliseconds:
            # Method 2 of section 6.2: a random step forwards. The top bit is left clear below, so there is room for it.
            bits = self._bits + 1 + self._step()
        else:
            self._milliseconds = milliseconds
            bits = int.from_bytes(os.urandom(_START_BYTES), "big") & (1 << _RANDOM_BITS - 1) - 1
        self._bits = bits
        high, low = bits >> 62, bits & (1 << 62) - 1
        return uuid_of(milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)

    def forget_pool(self) -> None:
        """Makes the next id from fresh randomness: a forked process must not use what its parent uses."""
        self._steps: Iterator[int] = iter(())

    def _step(self) -> int:
        """Returns a random number of 32 bits."""
        step = next(self._steps, None)
        if step is None:
            self._steps = iter(_POOL.unpack(os.urandom(_POOL.size)))
            step = next(self._steps)
        return step


new_id = _Ids()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=new_id.forget_pool)


def first_id(moment: datetime) -> UUID:
    """Returns the least id that something of this moment can have: ids of version 7 begin with the time."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def first_id_before(key: UUID, by: timedelta) -> UUID:
    """Returns the least id of the moment that lies so long before that of an id."""
    return UUID(int=max(0, (key.int >> 80) - by // timedelta(milliseconds=1)) << 80)
