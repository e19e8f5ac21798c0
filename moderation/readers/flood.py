"""How often somebody tries to write by the form, or to report a comment. Counted in this process and forgotten with it,
or in Redis by all processes together, see `shared_flood.py`.

What was taken in is counted in the store as well, for each author and each address and by all processes together (the
settings `flood_count` and `flood_seconds`). This here is against those who try again and again.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from aiohttp import web

from moderation.errors import Flood, RateLimited

WINDOW_SECONDS = 60
# A school or an office may share one address, and everybody forgets a field now and then.
TRIES_OF_ADDRESS = 30
# Addresses that are remembered in one window: some megabytes. Those beyond count for their site alone.
_MOST_KEYS = 20_000


class Counter(Protocol):
    """Counts by key what comes within a minute."""

    async def take(self, key: bytes, limit: int, *, now: float) -> int | None:
        """Counts one more and returns None; or counts nothing and returns the seconds until there may be room."""
        ...


class Window:
    """Counts by key what came within the last `seconds`: this stretch of time, and what is left of the one before."""

    def __init__(self, seconds: int = WINDOW_SECONDS) -> None:
        self._seconds = seconds
        self._stretch = 0
        self._present: dict[bytes, int] = {}
        self._before: dict[bytes, int] = {}

    def wait(self, key: bytes, limit: int, *, now: float) -> int | None:
        """Returns None when there is room for one more, or else the seconds until there may be."""
        passed = self._move(now)
        if self._before.get(key, 0) * (1 - passed) + self._present.get(key, 0) < limit:
            return None
        return max(1, int(self._seconds * (1 - passed)) + 1)

    def count(self, key: bytes, *, now: float) -> None:
        """Counts one more."""
        self._move(now)
        if key in self._present or len(self._present) < _MOST_KEYS:
            self._present[key] = self._present.get(key, 0) + 1

    def _move(self, now: float) -> float:
        """Goes on to the present stretch. Returns how much of it has passed, 0 to 1."""
        stretch, passed = divmod(now, self._seconds)
        if stretch != self._stretch:
            self._before = self._present if stretch == self._stretch + 1 else {}
            self._present, self._stretch = {}, int(stretch)
        return passed / self._seconds


class Memory:
    """Counts in this process."""

    def __init__(self) -> None:
        self._window = Window()

    async def take(self, key: bytes, limit: int, *, now: float) -> int | None:
        """As `Counter` says."""
        if wait := self._window.wait(key, limit, now=now):
            return wait
        self._window.count(key, now=now)
        return None


class Turnstile:
    """Lets one try after the other through, until there are too many of one address, or of one site."""

    def __init__(self, addresses: Counter | None = None, sites: Counter | None = None) -> None:
        self._addresses = addresses or Memory()
        self._sites = sites or Memory()

    async def pass_through(
        self,
        address: bytes,
        site: UUID,
        *,
        site_limit: int,
        now: float,
        door: str = "form",
        limit: int = TRIES_OF_ADDRESS,
    ) -> None:
        """Counts a try at a door. Raises RateLimited for the address and Flood for the site; 0 is no limit."""
        # Whoever is refused for their own address must not close the door for all others.
        if wait := await self._addresses.take(door.encode() + address, limit, now=now):
            raise RateLimited(limit=limit, window=WINDOW_SECONDS, retry_after=wait)
        if site_limit and (wait := await self._sites.take(door.encode() + site.bytes, site_limit, now=now)):
            raise Flood(limit=site_limit, window=WINDOW_SECONDS, retry_after=wait)


TURNSTILE: web.AppKey[Turnstile] = web.AppKey("TURNSTILE", Turnstile)
