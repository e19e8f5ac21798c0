"""What a thread does for the event loop, which hears of its end once.

asyncio chains a future of the thread and one of the loop to each other; that takes as long as to change threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")


def hand_over(
    executor: Executor, do: Callable[[], Result], *, ended: Callable[[], None] = lambda: None
) -> tuple[asyncio.Future[Result], Future[None]]:
    """Returns what will hold the result, and what can be cancelled as long as no thread has begun.

    When it has ended, whoever has left, `ended` is called on the event loop; not when it was cancelled.
    """
    result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
    return result, executor.submit(_tell, do, result, ended)


def _tell(do: Callable[[], Result], result: asyncio.Future[Result], ended: Callable[[], None]) -> None:
    try:
        answer = partial(result.set_result, do())
    except BaseException as error:
        answer = partial(result.set_exception, error)
    with suppress(RuntimeError):  # the loop has ended meanwhile
        result.get_loop().call_soon_threadsafe(_end, result, answer, ended)


def _end(result: asyncio.Future[Any], answer: Callable[[], None], ended: Callable[[], None]) -> None:
    ended()
    if not result.done():  # else nobody waits for it any more
        answer()
