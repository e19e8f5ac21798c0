"""Requests that come together are answered together; whatever happens, everybody gets their own answer or an error."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
import structlog

from moderation.errors import Overloaded, StorageUnavailable
from moderation.workflows.batching import Batcher


class Kitchen:
    """Work that waits for a sign, remembers its lists, and fails where it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.failure: Exception | None = None

    async def work(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.began.set()
        await self.open.wait()
        if self.failure:
            raise self.failure
        if 13 in items:
            raise ZeroDivisionError
        return [item * 10 for item in items]


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


def batcher_of(
    kitchen: Kitchen, *, max_batch: int = 4, max_waiting: int = 100, max_seconds: float = 60.0
) -> Batcher[int, int]:
    return Batcher(kitchen.work, max_batch=max_batch, max_waiting=max_waiting, max_seconds=max_seconds)


async def busy(kitchen: Kitchen, batcher: Batcher[int, int], item: int = 0) -> asyncio.Task[int]:
    """Begins a batch that does not end before the kitchen is open."""
    kitchen.open.clear()
    first = asyncio.create_task(batcher.put(item))
    await kitchen.began.wait()
    return first


async def test_the_work_knows_nothing_of_the_request_that_came_first() -> None:
    known: list[dict[str, object]] = []

    async def work(items: Sequence[int]) -> Sequence[int]:
        known.append(structlog.contextvars.get_contextvars())
        return items

    batcher = Batcher(work, max_batch=4, max_waiting=100, max_seconds=60.0)
    with structlog.contextvars.bound_contextvars(request_id="the first"):
        await batcher.put(1)
    await batcher.put(2)

    assert known == [{}, {}]
    await batcher.close()


async def test_alone_a_request_is_a_batch_of_one(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen)

    assert await batcher.put(7) == 70
    assert kitchen.batches == [[7]]
    await batcher.close()


async def test_what_comes_during_a_batch_is_the_next_one_in_order_and_each_gets_its_own_answer(
    kitchen: Kitchen,
) -> None:
    batcher = batcher_of(kitchen)
    first = await busy(kitchen, batcher)
    others = [asyncio.create_task(batcher.put(item)) for item in range(1, 8)]
    await asyncio.sleep(0)
    kitchen.open.set()

    answers = await asyncio.gather(first, *others)

    assert answers == [item * 10 for item in range(8)]
    assert kitchen.batches == [[0], [1, 2, 3, 4], [5, 6, 7]]
    await batcher.close()


async def test_those_who_were_just_answered_and_come_again_share_a_batch_with_those_who_waited(
    kitchen: Kitchen,
) -> None:
    batcher = batcher_of(kitchen)
    alone = await busy(kitchen, batcher)

    async def twice(item: int) -> tuple[int, int]:
        return await batcher.put(item), await batcher.put(item + 1)

    begun = [asyncio.create_task(twice(item)) for item in (10, 20, 30, 40)]
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(batcher.put(item)) for item in (1, 2)]
    kitchen.open.set()

    assert await asyncio.gather(*begun) == [(item * 10, item * 10 + 10) for item in (10, 20, 30, 40)]
    assert await asyncio.gather(alone, *waiting) == [0, 10, 20]
    assert kitchen.batches == [[0], [10, 20, 30, 40], [1, 2, 11, 21], [31, 41]]
    await batcher.close()


async def test_however_many_keep_coming_a_batch_begins(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen, max_batch=100_000, max_waiting=100_000)
    answered = asyncio.Event()
    coming: list[asyncio.Task[int]] = []

    async def keep_coming() -> None:
        while not answered.is_set():
            coming.append(asyncio.create_task(batcher.put(1)))
            await asyncio.sleep(0)

    first = [asyncio.create_task(batcher.put(item)) for item in (1, 2)]
    await asyncio.gather(*first)
    crowd = asyncio.create_task(keep_coming())
    await batcher.put(3)
    answered.set()

    await crowd
    assert await asyncio.gather(*coming) == [10] * len(coming)
    await batcher.close()


async def test_when_too_many_wait_the_next_one_is_told_to_come_back(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen, max_waiting=2)
    first = await busy(kitchen, batcher)
    waiting = [asyncio.create_task(batcher.put(item)) for item in (1, 2)]
    await asyncio.sleep(0)

    with pytest.raises(Overloaded) as refused:
        await batcher.put(3)

    kitchen.open.set()
    assert await asyncio.gather(first, *waiting) == [0, 10, 20]
    assert 1 <= refused.value.retry_after <= 5
    await batcher.close()


async def test_the_item_of_a_sender_who_has_left_is_not_worked_on(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen)
    first = await busy(kitchen, batcher)
    leaver, stayer = asyncio.create_task(batcher.put(1)), asyncio.create_task(batcher.put(2))
    await asyncio.sleep(0)
    leaver.cancel()
    kitchen.open.set()

    assert [await first, await stayer] == [0, 20]
    assert kitchen.batches == [[0], [2]]
    await batcher.close()


async def test_a_sender_who_leaves_while_it_is_worked_on_disturbs_nobody(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen)
    first = await busy(kitchen, batcher)
    first.cancel()
    kitchen.open.set()

    assert await batcher.put(1) == 10
    await batcher.close()


async def test_a_poisonous_item_fails_alone(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen)
    first = await busy(kitchen, batcher)
    others = [asyncio.create_task(batcher.put(item)) for item in (12, 13, 14)]
    await asyncio.sleep(0)
    kitchen.open.set()

    answers = await asyncio.gather(first, *others, return_exceptions=True)

    assert [answer for answer in answers if isinstance(answer, int)] == [0, 120, 140]
    assert isinstance(answers[2], ZeroDivisionError)
    assert kitchen.batches == [[0], [12, 13, 14], [12], [13, 14], [13], [14]]
    await batcher.close()


async def test_among_many_a_poisonous_item_is_found_by_halves(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen, max_batch=64)

    answers = await asyncio.gather(*(batcher.put(item) for item in range(64)), return_exceptions=True)

    assert [index for index, answer in enumerate(answers) if not isinstance(answer, int)] == [13]
    assert len(kitchen.batches) == 1 + 2 * 6  # each time one half is well


async def test_who_waits_too_long_hears_so_while_the_work_goes_on(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen, max_seconds=0.02)
    first = await busy(kitchen, batcher)

    async with asyncio.timeout(10):
        answers = await asyncio.gather(first, batcher.put(1), batcher.put(2), return_exceptions=True)

    assert [type(answer) for answer in answers] == [Overloaded] * 3
    assert kitchen.batches == [[0]]
    kitchen.open.set()
    batcher_again = batcher_of(kitchen)
    assert await batcher_again.put(3) == 30
    await batcher.close()
    assert kitchen.batches == [[0], [3]]  # nobody waited for 1 and 2 any more
    await batcher_again.close()


async def test_whoever_came_first_is_served_first_however_many_keep_coming(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen, max_batch=2)
    served: list[int] = []

    async def send(item: int, again: int) -> None:
        for _ in range(again):
            await batcher.put(item)
            served.append(item)

    async with asyncio.timeout(10):
        await asyncio.gather(send(1, 20), send(2, 20), send(3, 1), send(4, 20))

    assert served.index(3) < 4
    await batcher.close()


async def test_an_error_of_ours_is_everybodys_and_nothing_is_tried_again(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen)
    kitchen.failure = StorageUnavailable(retry_after=2)

    answers = await asyncio.gather(*(batcher.put(item) for item in (1, 2, 3)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [StorageUnavailable] * 3
    assert kitchen.batches == [[1, 2, 3]]
    await batcher.close()


async def test_work_that_answers_too_little_is_a_failure_and_leaves_nobody_waiting() -> None:
    async def forgetful(items: Sequence[int]) -> list[int]:
        return list(items)[:-1]

    batcher: Batcher[int, int] = Batcher(forgetful, max_batch=4, max_waiting=10, max_seconds=60.0)

    answers = await asyncio.gather(*(batcher.put(item) for item in (1, 2)), return_exceptions=True)

    assert [isinstance(answer, ValueError) for answer in answers] == [True, True]
    await batcher.close()


async def test_when_the_worker_is_killed_nobody_is_left_waiting_and_the_next_one_is_served(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen, max_batch=2)
    first = await busy(kitchen, batcher)
    others = [asyncio.create_task(batcher.put(item)) for item in (1, 2, 3)]
    await asyncio.sleep(0)

    [worker] = [task for task in asyncio.all_tasks() if task.get_name() == "batcher"]
    worker.cancel()

    async with asyncio.timeout(10):
        answers = await asyncio.gather(first, *others, return_exceptions=True)
    kitchen.open.set()
    assert [type(answer) for answer in answers] == [Overloaded] * 4
    assert await batcher.put(5) == 50
    await batcher.close()


async def test_a_batcher_whose_worker_was_killed_can_be_closed(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen)
    await batcher.put(1)
    [worker] = [task for task in asyncio.all_tasks() if task.get_name() == "batcher"]
    worker.cancel()
    await asyncio.wait([worker])

    async with asyncio.timeout(10):
        await batcher.close()

    with pytest.raises(Overloaded):
        await batcher.put(2)


async def test_closing_finishes_what_waits_and_takes_nothing_more(kitchen: Kitchen) -> None:
    batcher = batcher_of(kitchen, max_batch=2)
    first = await busy(kitchen, batcher)
    others = [asyncio.create_task(batcher.put(item)) for item in (1, 2, 3)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(batcher.close())
    await asyncio.sleep(0)

    with pytest.raises(Overloaded):
        await batcher.put(9)
    kitchen.open.set()
    await closing

    assert await asyncio.gather(first, *others) == [0, 10, 20, 30]


async def test_closing_without_any_work_ends_at_once(kitchen: Kitchen) -> None:
    await batcher_of(kitchen).close()

    assert kitchen.batches == []
