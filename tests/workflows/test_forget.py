"""Networks, agents and webhook ids are kept for some days only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.domain import Submission
from moderation.storage.tables import deliveries
from moderation.wiring import Service
from moderation.workflows import forget as forgetting
from moderation.workflows.directory import KnownSite
from moderation.workflows.submit import Arrival
from tests.fakes import FakeClock
from tests.makers import a_submission
from tests.workflows.steps import a_delivery, accepted, column, count_of

TRACES = ("ip_network", "ip_fingerprint", "user_agent")


def traced(external_id: str, *, ip: str | None = "192.0.2.7", agent: str | None = "Agent/1") -> Submission:
    submission = a_submission(external_id=external_id, ip=ip, text=f"Right, {external_id}.")  # too short for a sketch
    return replace(submission, author=replace(submission.author, user_agent=agent))


async def test_traces_are_forgotten_when_their_days_are_over_and_not_before(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    days = service.house.settings.address_days
    await accepted(service, known, Arrival(traced("c-old")))
    clock.advance(days=1)
    await accepted(service, known, Arrival(traced("c-young")))
    clock.advance(days=days - 1, seconds=1)

    forgotten = await service.forget()

    database = service.house.database
    kept = [[value is not None for value in await column(database, name)] for name in TRACES]
    assert (forgotten, kept) == (2, [[False, True]] * 3)
    assert all(await column(database, "text"))  # the comment stays


@pytest.mark.parametrize(("ip", "agent"), [("192.0.2.7", None), (None, "Agent/1")])
async def test_each_trace_is_forgotten_also_when_it_is_the_only_one(
    service: Service, known: KnownSite, clock: FakeClock, ip: str | None, agent: str | None
) -> None:
    await accepted(service, known, Arrival(traced("c-1", ip=ip, agent=agent)))
    clock.advance(days=31)

    assert await service.forget() == 2  # the trace and the event
    assert [await column(service.house.database, name) for name in TRACES] == [[None]] * 3
    assert await service.forget() == 0


async def test_more_than_one_step_takes_is_all_forgotten(
    service: Service, known: KnownSite, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "PART", 2)
    for number in range(5):
        arrival = Arrival(traced(f"c-{number}", ip=f"192.0.2.{number}"), a_delivery(f"d-{number}"))
        await accepted(service, known, arrival)
    clock.advance(days=31)

    assert await service.forget() == 15  # traces, events and ids of webhooks


async def test_ids_of_webhooks_are_forgotten_when_their_days_are_over(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, Arrival(a_submission(), a_delivery("d-old")))
    clock.advance(days=1)
    await accepted(service, known, Arrival(a_submission(), a_delivery("d-young")))
    clock.advance(days=service.house.settings.replay_days - 1, seconds=1)

    await service.forget()

    async with service.open_reading() as work:
        left = [await work.deliveries.find(known.site.id, name) is not None for name in ("d-old", "d-young")]
    assert left == [False, True]
    assert await count_of(service.house.database, deliveries) == 1


async def test_a_comment_whose_webhook_is_forgotten_is_still_the_same_comment(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    arrival = Arrival(traced("c-1"), a_delivery("d-1"))
    first = await accepted(service, known, arrival)
    clock.advance(days=100)
    await service.forget()

    assert await accepted(service, known, arrival) == first
