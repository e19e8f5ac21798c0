"""Passwords are hashed and checked with Argon2, in threads and few at a time: each one takes 64 MiB and a core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from moderation.errors import FieldError, Invalid, Overloaded
from moderation.workflows.common_passwords import is_common, stem_of

SHORTEST_PASSWORD = 8  # characters, as NIST SP 800-63B has it
LONGEST_PASSWORD = 1000

# Two take 128 MiB; comments must still find a core and memory while somebody guesses passwords.
_AT_ONCE = 2
# Whoever comes behind these would wait for more than a second.
_MOST_WAITING = 16

Result = TypeVar("Result")


class Passwords:
    """Hashes and checks passwords, for one event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """Returns what is stored of a password. Raises Overloaded."""
        return await self._in_thread(lambda: self._hasher.hash(plain(password)))

    async def fits(self, password: str, stored: str | None) -> bool:
        """Tells whether it is the password. Where there is none to fit, it takes as long. Raises Overloaded."""
        if self._nobodys is None:
            # Before any answer, so that the first stranger does not wait longer than the first friend.
            self._nobodys = await self.hash("nobody's")
        return await self._in_thread(lambda: self._check(password, stored or str(self._nobodys))) and bool(stored)

    def is_outdated(self, stored: str) -> bool:
        """Tells whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(stored)

    def _check(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, plain(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, job: Callable[[], Result]) -> Result:
        async with self._turn():
            return await asyncio.to_thread(job)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= _MOST_WAITING:
            raise Overloaded("Too many passwords are being checked.", retry_after=2)
        self._waiting += 1
        try:
            async with self._turns:
                yield
        finally:
            self._waiting -= 1


def plain(password: str) -> bytes:
    """Returns a password as it is hashed: the same letters from any keyboard are the same bytes."""
    return normalize("NFKC", password).encode("utf-8", "surrogatepass")


def check_password(password: str, *, name: str, field: str = "password") -> None:
    """Raises Invalid unless this may be the password of an account of that name."""
    code = _fault_of(password, name)
    if code is not None:
        raise Invalid([FieldError(field, code, _FAULTS[code])])


_FAULTS = {
    "too_short": f"A password has at least {SHORTEST_PASSWORD} characters.",
    "too_long": f"A password has at most {LONGEST_PASSWORD} characters.",
    "guessable": (
        "This password is easily guessed: a common one, the name, or one character again and again. "
        "Take a few words that nobody else puts together."
    ),
}


def _fault_of(password: str, name: str) -> str | None:
    if len(password) < SHORTEST_PASSWORD:
        return "too_short"
    if len(password) > LONGEST_PASSWORD:
        return "too_long"
    is_name = password.casefold() == name.casefold() or stem_of(password) == stem_of(name) != ""
    return "guessable" if is_name or len(set(password)) == 1 or is_common(password) else None
