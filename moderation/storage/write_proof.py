"""Whether something can be written. A store that is full, locked or read-only can still be read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from moderation.errors import ModerationError

# All checks of whether the service is ready have two seconds together.
_TRIAL_SECONDS = 1.0


class WriteProof:
    """Believes that writing works until a write fails, and then tries a small one whenever it is asked.

    So healthy traffic pays nothing, and the good answer comes back by itself. A process that has written nothing yet
    tries once.
    """

    def __init__(self, write: Callable[[], Awaitable[None]]) -> None:
        self._write = write
        self._doubted = True
        self._trial: asyncio.Task[bool] | None = None

    def doubt(self) -> None:
        """Notes that a write has failed."""
        self._doubted = True

    async def works(self) -> bool:
        """Returns whether the last write, or a small one just now, was kept."""
        if not self._doubted:
            return True
        # One trial at a time, and it may take longer than its caller waits: a lock is waited for, and the next caller
        # learns how that ended.
        if self._trial is None or self._trial.done():
            self._trial = asyncio.create_task(self._try())
        await asyncio.wait({self._trial}, timeout=_TRIAL_SECONDS)
        return self._trial.done() and self._trial.result()

    async def close(self) -> None:
        """Returns when no trial is under way."""
        if self._trial is not None:
            await asyncio.gather(self._trial, return_exceptions=True)

    async def _try(self) -> bool:
        try:
            await self._write()
        except ModerationError:
            return False
        self._doubted = False
        return True
