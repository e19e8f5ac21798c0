"""Transactions that run in a thread, from the first question to the commit, and not statement by statement.

To hand each statement to a thread and back costs more than most statements. So the coroutine of a workflow is run in
the thread as it is: its connection is one that never waits (see `connection.py`), and it may await nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

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
            result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
            waiting = self._executor.submit(_tell, job, result, self._end)
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

    def _end(self, result: asyncio.Future[Any], answer: Callable[[], None]) -> None:
        """Ends it on the event loop. The turn is kept until then, whoever has left."""
        self._release()
        if not result.done():  # else nobody waits for it any more
            answer()

    def _release(self) -> None:
        if self._turn is not None:
            self._turn.release()


def _tell(
    job: Callable[[], Coroutine[Any, Any, Result]], result: asyncio.Future[Result], end: Callable[..., None]
) -> None:
    """Runs it, and wakes the event loop once: to chain two futures takes twice as long."""
    try:
        answer = partial(result.set_result, _run(job))
    except BaseException as error:
        answer = partial(result.set_exception, error)
    with suppress(RuntimeError):  # the loop has ended meanwhile
        result.get_loop().call_soon_threadsafe(end, result, answer)


def _run(job: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    coroutine = job()
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    coroutine.close()
    raise RuntimeError("A transaction in a thread may await nothing but its own work.")
