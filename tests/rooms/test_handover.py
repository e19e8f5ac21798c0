"""What a thread does for the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from moderation.handover import hand_over


@pytest.fixture
def one_thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


async def test_the_loop_hears_what_came_of_it(one_thread: ThreadPoolExecutor) -> None:
    loops = threading.get_ident()
    result, _ = hand_over(one_thread, threading.get_ident)

    assert await result != loops


async def test_the_loop_hears_the_error(one_thread: ThreadPoolExecutor) -> None:
    def fail() -> str:
        raise IndexError

    result, _ = hand_over(one_thread, fail)

    with pytest.raises(IndexError):
        await result


async def test_the_end_is_told_on_the_loop_also_when_nobody_waits_any_more(one_thread: ThreadPoolExecutor) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), asyncio.Event()

    def wait() -> bool:
        begun.set()
        return may_end.wait()

    result, waiting = hand_over(one_thread, wait, ended=ended.set)
    await asyncio.to_thread(begun.wait)
    result.cancel()

    assert not waiting.cancel()
    assert not ended.is_set()
    may_end.set()
    async with asyncio.timeout(10):
        await ended.wait()


async def test_what_is_cancelled_before_a_thread_was_free_is_never_done(one_thread: ThreadPoolExecutor) -> None:
    may_end, done = threading.Event(), []
    first, _ = hand_over(one_thread, may_end.wait)
    _, waiting = hand_over(one_thread, lambda: done.append("second"), ended=lambda: done.append("end of second"))

    assert waiting.cancel()
    may_end.set()
    await first
    third, _ = hand_over(one_thread, lambda: None)
    await third

    assert done == []
