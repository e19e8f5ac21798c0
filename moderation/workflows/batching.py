"""Turns requests that arrive at the same time into lists, and wakes each one with its own answer.

Nothing waits for a batch to fill: while one batch is being written, the next one gathers, and after one of several the
event loop goes round some times, because those who were just answered come again. Alone, a request is a batch of one.
Whoever waits hears something in time, whatever becomes of the others, of the work and of the worker.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

import structlog

from moderation import metrics
from moderation.errors import ModerationError, Overloaded

Item = TypeVar("Item")
Answer = TypeVar("Answer")

log = structlog.stdlib.get_logger(__name__)

RETRY_SECONDS = 1
# From the socket to here a request takes three turns of the event loop: when none has come in six, all are here.
_QUIET_TURNS, _MOST_TURNS = 6, 100


class Batcher(Generic[Item, Answer]):
    """Hands lists of items to `work`, one list at a time, and each answer to whoever waits for it.

    `work` returns one answer for each item, in order. When it raises one of our errors (the database is away),
    everybody in the batch gets that error. When it raises anything else, a poisonous item is among them: each half is
    tried again, and so on, until it fails alone.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        *,
        max_batch: int,
        max_waiting: int,
        max_seconds: float,
    ) -> None:
        self._work = work
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._max_seconds = max_seconds
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._promised: deque[tuple[float, asyncio.Future[Answer]]] = deque()  # until when each was promised an answer
        self._alarm: asyncio.TimerHandle | None = None
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._closing = False

    async def put(self, item: Item) -> Answer:
        """Returns the answer for an item, or raises its error. Raises Overloaded when too many wait already, and when
        there is no answer after `max_seconds`; if the item is being worked on by then, it still may be taken in."""
        return await self.promise(item)

    def promise(self, item: Item) -> asyncio.Future[Answer]:
        """Returns the answer for an item as a future. Whoever cancels it has left. Raises Overloaded as `put` does."""
        if self._closing or len(self._waiting) >= self._max_waiting:
            raise Overloaded(retry_after=RETRY_SECONDS)
        if self._worker is None or self._worker.done():
            # In a context of its own: what it logs is not about the request that happened to come first.
            self._worker = asyncio.create_task(self._run(), name="batcher", context=Context())
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        metrics.WAITING_ITEMS.set(len(self._waiting))
        self._arrived.set()
        self._promise(answer)
        return answer

    async def close(self) -> None:
        """Takes nothing more, finishes what waits, and ends the worker."""
        self._closing = True
        self._arrived.set()
        if self._worker is not None:
            await asyncio.wait([self._worker])
        if self._alarm is not None:
            self._alarm.cancel()

    def _promise(self, answer: asyncio.Future[Answer]) -> None:
        """Sees to it that there is an answer in time. All share one timer: each has the same patience, so the oldest
        promise ends first."""
        loop = asyncio.get_running_loop()
        self._promised.append((loop.time() + self._max_seconds, answer))
        if self._alarm is None:
            self._alarm = loop.call_at(self._promised[0][0], self._give_up_late)

    def _give_up_late(self) -> None:
        loop = asyncio.get_running_loop()
        while self._promised and self._promised[0][0] <= loop.time():
            _, answer = self._promised.popleft()
            if not answer.done():
                answer.set_exception(_too_late())
        self._forget_kept_promises()
        self._alarm = loop.call_at(self._promised[0][0], self._give_up_late) if self._promised else None

    def _forget_kept_promises(self) -> None:
        while self._promised and self._promised[0][1].done():
            self._promised.popleft()

    async def _run(self) -> None:
        try:
            await self._serve()
        finally:
            # Whatever happens to this task, even its cancellation, nobody is left waiting.
            while batch := self._take():
                _fail(batch, Overloaded(retry_after=RETRY_SECONDS))

    async def _serve(self) -> None:
        crowded = False
        while True:
            await self._arrived.wait()
            if not self._waiting:
                if self._closing:
                    return
                self._arrived.clear()
                continue
            if crowded:
                await self._let_others_come()
            batch = self._take()
            crowded = len(batch) > 1
            try:
                await self._answer(batch)
            finally:
                _fail(batch, Overloaded(retry_after=RETRY_SECONDS))
                self._forget_kept_promises()

    async def _let_others_come(self) -> None:
        """Lets the event loop go round while more come. Those who were answered a moment ago are on their way with the
        next one; to begin without them would make twice as many batches of half the size."""
        quiet = 0
        for _ in range(_MOST_TURNS):
            before = len(self._waiting)
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self._waiting) == before else 0
            if quiet == _QUIET_TURNS or len(self._waiting) >= self._max_batch:
                return

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        """Returns the oldest items whose senders are still there."""
        batch: list[tuple[Item, asyncio.Future[Answer]]] = []
        while self._waiting and len(batch) < self._max_batch:
            item, answer = self._waiting.popleft()
            if not answer.done():  # done: the sender has left, and what nobody was promised need not be done
                batch.append((item, answer))
        metrics.WAITING_ITEMS.set(len(self._waiting))
        return batch

    async def _answer(self, batch: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        if not batch:
            return
        metrics.BATCH_SIZE.observe(len(batch))
        try:
            with metrics.BATCH_SECONDS.time():
                answers = await self._work([item for item, _ in batch])
            # A list, so that nobody is told anything before it is known that there is one answer for each.
            for (_, future), answer in list(zip(batch, answers, strict=True)):
                if not future.done():
                    future.set_result(answer)
        except ModerationError as error:
            _fail(batch, error)
        except Exception as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            log.warning("batch_failed", size=len(batch), kind=type(error).__name__)
            middle = len(batch) // 2
            for half in (batch[:middle], batch[middle:]):
                await self._answer(half)


def _fail(batch: Sequence[tuple[Item, asyncio.Future[Answer]]], error: Exception) -> None:
    """Gives everybody the error who has no answer yet."""
    for _, future in batch:
        if not future.done():
            future.set_exception(error)


def _too_late() -> Overloaded:
    return Overloaded("There was no answer in time. Send it again.", retry_after=RETRY_SECONDS)
