"""Each decision has one event, written with it: neither exists without the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest

from moderation.domain import Edit
from moderation.errors import StorageUnavailable
from moderation.storage.database import OpenWork
from moderation.storage.tables import articles, authors, comments, decisions, deliveries, outbox
from moderation.storage.work import Work
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from tests.fakes import DOUBT, SPAM, FakeClock
from tests.makers import an_arrival
from tests.workflows.steps import a_delivery, accepted, count_of, decisions_of, edited, events_of

Result = TypeVar("Result")

ALL_TABLES = (comments, decisions, outbox, deliveries, authors, articles)


@pytest.mark.parametrize(
    ("text", "type_"),
    [("Calm words.", "comment.approved"), (DOUBT, "comment.pending"), (SPAM, "comment.rejected")],
)
async def test_an_event_tells_the_decision_and_nothing_of_the_author(
    service: Service, known: KnownSite, text: str, type_: str
) -> None:
    arrival = an_arrival(external_id="c-1", text=text, email="ana@example.org", ip="192.0.2.7", name="Ana Secret")
    receipt = await accepted(service, known, arrival)

    [event] = await events_of(service.house.database, "c-1")

    assert event.type == type_
    assert event.body == {
        "id": str(receipt.id),
        "external_id": "c-1",
        "article": "a-1",
        "status": receipt.status,
        "reason": receipt.reason,
        "score": receipt.score,
        "model": receipt.model,
    }


async def test_every_decision_has_one_event_and_a_repetition_has_none(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    arrival = an_arrival(external_id="c-1")
    for _ in range(2):
        await accepted(service, known, arrival)
        clock.advance(seconds=1)
    for _ in range(2):
        await edited(service, known, "c-1", SPAM, said_at=clock(), delivery="d-1")
    clock.advance(seconds=1)
    for _ in range(2):
        await service.delete(known, "c-1", a_delivery("d-2"))

    events = await events_of(service.house.database, "c-1")

    assert [event.type for event in events] == ["comment.approved", "comment.rejected", "comment.rejected"]
    assert [event.body["reason"] for event in events] == ["clean", "spam", "deleted"]
    assert len(await decisions_of(service.house.database, "c-1")) == 3


class Lost(Work):
    """A transaction whose commit does not arrive."""

    async def commit(self) -> None:
        raise StorageUnavailable(retry_after=2)


def lose_commits(service: Service) -> None:
    house_at_once = service.at_once

    async def at_once(job: Callable[[OpenWork], Coroutine[Any, Any, Result]]) -> Result:
        def losing(open_work: OpenWork) -> Coroutine[Any, Any, Result]:
            @asynccontextmanager
            async def open_lost() -> AsyncIterator[Work]:
                async with open_work() as work:
                    yield Lost(work.connection)

            return job(open_lost)

        return await house_at_once(losing)

    service.at_once = at_once


async def test_when_a_submission_cannot_be_committed_nothing_of_it_exists_and_everybody_is_told(
    service: Service, known: KnownSite
) -> None:
    lose_commits(service)
    arrivals = [an_arrival(delivery=a_delivery(f"d-{number}")) for number in range(3)]

    outcomes = await asyncio.gather(*(service.submissions.put((known, arrival)) for arrival in arrivals))

    assert [type(outcome) for outcome in outcomes] == [StorageUnavailable] * 3
    assert [await count_of(service.house.database, table) for table in ALL_TABLES] == [0] * 6


async def test_when_an_edit_cannot_be_committed_neither_decision_nor_event_exists(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="c-1"))
    lose_commits(service)

    with pytest.raises(StorageUnavailable):
        await service.edit(known, Edit("c-1", SPAM), a_delivery("d-1"), said_at=clock())

    assert len(await decisions_of(service.house.database, "c-1")) == 1
    assert len(await events_of(service.house.database, "c-1")) == 1
    assert await count_of(service.house.database, deliveries) == 0
