"""Transactions that run in a thread, from the first question to the commit, and not statement by statement.

To hand each statement to a thread and back costs more than most statements. So the coroutine of a workflow is run in
the thread as it is: its connection is one that never waits (see `connection.py`), and it may await nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from moderation.handover import hand_over

Result = TypeVar("Result")


class Threads:
    """A number of threads for transactions. With a `turn`, each of them takes it first, in the order of asking."""

    def __init__(self, count: int, turn: asyncio.Lock | asyncio.Semaphore | None = None) -> None:
        self._count = count
        self._turn = turn
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, job: Callable[[], Coroutine[Any, Any, Result]], *, seconds: float) -> Result:
        """Returns what the coroutine returns.

        Raises TimeoutError when it takes longer than that, waiting included. If it has begun, it goes on then, to an
        end that nobody hears of, and the next one waits for that.
        """
        async with asyncio.timeout(seconds):
            if self._turn is not None:
                await self._turn.acquire()
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._count, thread_name_prefix="storage")
            # The turn is kept until the end, whoever has left.
            result, waiting = hand_over(self._executor, partial(_run, job), ended=self._release)
            try:
                return await result
            finally:
                if waiting.cancel():  # it has not begun
                    self._release()

    async def close(self) -> None:
        """Returns when everything that has begun is done. It may be used again afterwards."""
        if self._executor is not None:
            executor, self._executor = self._executor, None
            await asyncio.to_thread(executor.shutdown)

    def _release(self) -> None:
        if self._turn is not None:
            self._turn.release()


def _run(job: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    coroutine = job()
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    coroutine.close()
    raise RuntimeError("A transaction in a thread may await nothing but its own work.")
