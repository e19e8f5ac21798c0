"""One author or one network address may send so much in a while; the answer says when there is room again."""

from __future__ import annotations

import pytest

from moderation.errors import Flood
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.submit import Arrival, submit
from tests.fakes import FakeClock
from tests.makers import a_submission, an_arrival
from tests.workflows.steps import accepted, sent, with_policy


def one_of(kind: str) -> Arrival:
    """Returns a comment by the same author from somewhere, or by anyone from the same address."""
    return an_arrival(email="ana@example.org") if kind == "author" else an_arrival(ip="192.0.2.7")


@pytest.mark.parametrize("kind", ["author", "address"])
@pytest.mark.parametrize("pauses", [(0, 0, 0), (10, 10, 10), (0, 0.25, 7.5), (59, 0.5, 0.25)])
async def test_who_waits_as_told_is_let_in_and_who_comes_a_second_early_is_not(
    service: Service, known: KnownSite, clock: FakeClock, kind: str, pauses: tuple[float, ...]
) -> None:
    site = with_policy(known, flood_count=3, flood_seconds=60)
    for pause in pauses:
        await accepted(service, site, one_of(kind))
        clock.advance(seconds=pause)

    refused = await sent(service, site, one_of(kind))
    assert isinstance(refused, Flood)
    clock.advance(seconds=refused.retry_after - 1)
    early = await sent(service, site, one_of(kind))
    clock.advance(seconds=1)
    in_time = await sent(service, site, one_of(kind))

    assert refused.retry_after == 1 or isinstance(early, Flood)
    assert not isinstance(in_time, Flood)


async def test_two_bounds_that_end_at_different_times_are_both_waited_for(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    site = with_policy(known, flood_count=1, flood_seconds=60)
    await accepted(service, site, an_arrival(email="ana@example.org"))
    clock.advance(seconds=20)
    await accepted(service, site, an_arrival(ip="192.0.2.7"))

    refused = await sent(service, site, an_arrival(email="ana@example.org", ip="192.0.2.7"))

    assert isinstance(refused, Flood)
    assert (refused.retry_after, refused.limit, refused.window) == (60, 1, 60)


async def test_a_site_may_send_as_much_as_it_likes(service: Service, known: KnownSite) -> None:
    site = with_policy(known, flood_count=1)

    for _ in range(30):
        await accepted(service, site, an_arrival())


async def test_no_limit_is_no_limit(service: Service, known: KnownSite) -> None:
    site = with_policy(known, flood_count=0)

    for _ in range(15):
        await accepted(service, site, an_arrival(email="ana@example.org", ip="192.0.2.7"))


async def test_one_reader_does_not_use_up_what_another_may_send(service: Service, known: KnownSite) -> None:
    site = with_policy(known, flood_count=1)
    await accepted(service, site, an_arrival(email="ana@example.org", ip="192.0.2.7"))

    await accepted(service, site, an_arrival(email="bo@example.org", ip="192.0.2.8"))


async def test_comments_of_one_list_count_for_each_other(service: Service, known: KnownSite) -> None:
    site = with_policy(known, flood_count=2)
    arrivals = [Arrival(a_submission(email="ana@example.org")) for _ in range(4)]

    outcomes = await submit(
        site.site,
        arrivals,
        at_once=service.house.database.at_once,
        vault=service.house.vault,
        scorer=service.scorer,
        book=site.book,
        now=service.now,
        random=lambda: 0.5,
    )

    assert [isinstance(outcome, Flood) for outcome in outcomes] == [False, False, True, True]


async def test_a_repeat_is_answered_and_not_counted(service: Service, known: KnownSite) -> None:
    site = with_policy(known, flood_count=2)
    arrival = an_arrival(email="ana@example.org")
    receipts = {await accepted(service, site, arrival) for _ in range(5)}

    await accepted(service, site, an_arrival(email="ana@example.org"))

    assert len(receipts) == 1
