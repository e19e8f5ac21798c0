"""Wakes who waits for news, from any thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Bell:
    """One listener waits for it; whoever likes rings it. A ring that nobody waits for is heard by who comes next."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ring(self) -> None:
        """Wakes the listener, from any thread."""
        if self._loop is None:
            self._rung.set()
            return
        with suppress(RuntimeError):  # the loop has ended, and nobody listens any more
            self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self, seconds: float) -> None:
        """Returns when it is rung, or was since the last wait; after this time at the latest."""
        self._loop = asyncio.get_running_loop()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
