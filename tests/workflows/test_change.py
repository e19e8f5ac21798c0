"""What a site tells us later: an edit is judged again, a deletion is for good, and old news change nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from moderation.domain import ArticleUpdate, Comments, Moderation, Reason, Status, Writing
from moderation.errors import IdReused, NotFound
from moderation.storage.tables import articles, deliveries
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import host_of
from tests.fakes import SPAM, FakeClock, FakeScorer
from tests.makers import an_arrival
from tests.workflows.steps import (
    a_delivery,
    accepted,
    column,
    count_of,
    decisions_of,
    edited,
    events_of,
    ruled,
    with_policy,
)

SECOND = timedelta(seconds=1)


def update(article: str = "a-1", **said: Any) -> ArticleUpdate:
    return ArticleUpdate(article, **said, given=frozenset(said))


async def test_an_edited_comment_is_scored_and_decided_again(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    first = await accepted(service, known, an_arrival(external_id="c-1"))

    receipt = await edited(service, known, "c-1", f"Now {SPAM}!", said_at=clock())

    assert (receipt.id, receipt.status, receipt.reason, receipt.score) == (first.id, Status.REJECTED, Reason.SPAM, 0.99)
    assert await column(service.house.database, "text") == [f"Now {SPAM}!"]
    assert [row.version for row in await decisions_of(service.house.database, "c-1")] == [1, 2]


async def test_an_edit_that_is_delivered_twice_is_decided_once(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="c-1"))

    receipts = [await edited(service, known, "c-1", "Better words.", said_at=clock()) for _ in range(3)]

    assert receipts[0] == receipts[1] == receipts[2]
    assert len(await decisions_of(service.house.database, "c-1")) == 2


async def test_an_edit_that_is_older_than_the_last_one_changes_nothing(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="c-1"))
    await edited(service, known, "c-1", "The newer text.", said_at=clock(), delivery="d-2")

    await edited(service, known, "c-1", "The older text.", said_at=clock() - SECOND, delivery="d-1")

    assert await column(service.house.database, "text") == ["The newer text."]
    assert len(await decisions_of(service.house.database, "c-1")) == 2


async def test_of_two_edits_in_the_same_second_the_one_that_comes_later_counts(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="c-1"))
    await edited(service, known, "c-1", "The first text.", said_at=clock(), delivery="d-1")
    await edited(service, known, "c-1", "The second text.", said_at=clock(), delivery="d-2")

    await edited(service, known, "c-1", "The first text.", said_at=clock(), delivery="d-1")  # sent again

    assert await column(service.house.database, "text") == ["The second text."]


async def test_a_delivery_id_that_was_used_for_something_else_is_refused(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="c-1", delivery=a_delivery("d-1")))

    with pytest.raises(IdReused):
        await edited(service, known, "c-1", "Other words.", said_at=clock(), delivery="d-1")


async def test_an_edit_of_a_comment_that_we_never_had_is_told_so_and_may_be_sent_again(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    with pytest.raises(NotFound):
        await edited(service, known, "c-1", "Other words.", said_at=clock())
    await accepted(service, known, an_arrival(external_id="c-1"))

    receipt = await edited(service, known, "c-1", "Other words.", said_at=clock())

    assert receipt.external_id == "c-1"


async def test_an_edit_after_a_moderators_rejection_is_held(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="c-1"))
    await ruled(service.house.database, "c-1", Status.REJECTED, Reason.ABUSE, now=clock())

    receipt = await edited(service, known, "c-1", "Now I am polite.", said_at=clock())

    assert (receipt.status, receipt.reason) == (Status.PENDING, Reason.EDITED_AFTER_REJECTION)


HELD_OR_REJECTED_AT_FIRST: dict[Reason, tuple[dict[str, Any], dict[str, Any], Status]] = {
    Reason.HONEYPOT: ({"trap": "x"}, {}, Status.REJECTED),
    Reason.TOO_FAST: ({"filled_in_ms": 1}, {}, Status.PENDING),
    Reason.AUDIT_SAMPLE: ({}, {"audit_sample": 1.0}, Status.PENDING),
}


@pytest.mark.parametrize("reason", HELD_OR_REJECTED_AT_FIRST)
async def test_no_edit_publishes_what_was_held_or_rejected_for_how_it_came_in(
    service: Service, known: KnownSite, clock: FakeClock, reason: Reason
) -> None:
    fields, policy, status = HELD_OR_REJECTED_AT_FIRST[reason]
    first = await accepted(service, with_policy(known, **policy), an_arrival(external_id="c-1", **fields))
    unsampled = with_policy(known, audit_sample=0.0, suspect_words=("fraud",))

    # Something else may hold it in between.
    for number, text in enumerate(("Calm words.", "A fraud!", "Calm words.")):
        clock.advance(seconds=1)
        last = await edited(service, unsampled, "c-1", text, said_at=clock(), delivery=f"d-{number}")

    assert (first.status, first.reason) == (last.status, last.reason) == (status, reason)


@pytest.mark.parametrize("reason", [Reason.TOO_FAST, Reason.AUDIT_SAMPLE])
async def test_an_edit_into_spam_is_rejected_whatever_held_the_comment_before(
    service: Service, known: KnownSite, clock: FakeClock, reason: Reason
) -> None:
    fields, policy, _ = HELD_OR_REJECTED_AT_FIRST[reason]
    await accepted(service, with_policy(known, **policy), an_arrival(external_id="c-1", **fields))

    receipt = await edited(service, with_policy(known, audit_sample=0.0), "c-1", SPAM, said_at=clock())

    assert (receipt.status, receipt.reason) == (Status.REJECTED, Reason.SPAM)


@pytest.mark.parametrize("reason", HELD_OR_REJECTED_AT_FIRST)
async def test_once_a_person_has_approved_a_comment_how_it_came_in_no_longer_counts(
    service: Service, known: KnownSite, clock: FakeClock, reason: Reason
) -> None:
    fields, policy, _ = HELD_OR_REJECTED_AT_FIRST[reason]
    await accepted(service, with_policy(known, **policy), an_arrival(external_id="c-1", **fields))
    await ruled(service.house.database, "c-1", Status.APPROVED, Reason.APPROVED, now=clock())

    receipt = await edited(service, with_policy(known, audit_sample=0.0), "c-1", "Calm words.", said_at=clock())

    assert (receipt.status, receipt.reason) == (Status.APPROVED, Reason.CLEAN)


async def test_an_edit_is_scored_with_the_name_and_the_link_that_came_with_the_comment(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="c-1", name="Bo", url="https://bo.example"))

    await edited(service, known, "c-1", "Better words.", said_at=clock())

    assert isinstance(service.scorer, FakeScorer)
    assert service.scorer.batches[-1] == [Writing("Better words.", "Bo", "https://bo.example", host_of(known.site))]


async def test_an_edit_without_a_classifier_is_held(service: Service, known: KnownSite, clock: FakeClock) -> None:
    await accepted(service, known, an_arrival(external_id="c-1"))
    assert isinstance(service.scorer, FakeScorer)
    service.scorer.available = False

    receipt = await edited(service, known, "c-1", "Unseen words.", said_at=clock())

    assert (receipt.status, receipt.reason) == (Status.PENDING, Reason.NOT_SCORED)


async def test_edits_and_a_deletion_at_two_instances_at_once_are_all_obeyed(
    service: Service, other: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="c-1"))

    await asyncio.gather(
        *(
            edited((service, other)[n % 2], known, "c-1", f"Text {n}.", said_at=clock() + n * SECOND, delivery=f"d-{n}")
            for n in range(8)
        )
    )

    assert await column(service.house.database, "text") == ["Text 7."]
    versions = [row.version for row in await decisions_of(service.house.database, "c-1")]
    assert versions == list(range(1, len(versions) + 1))


async def test_a_deleted_comment_is_gone_for_good(service: Service, known: KnownSite, clock: FakeClock) -> None:
    arrival = an_arrival(external_id="c-1")
    first = await accepted(service, known, arrival)

    receipt = await service.delete(known, "c-1", a_delivery("d-1"))

    assert (receipt.id, receipt.status, receipt.reason) == (first.id, Status.REJECTED, Reason.DELETED)
    with pytest.raises(NotFound):
        await edited(service, known, "c-1", "Back again.", said_at=clock())
    await accepted(service, known, arrival)  # an old submission that is repeated does not bring it back
    assert await column(service.house.database, "status") == [Status.REJECTED]


async def test_a_deletion_that_is_delivered_twice_is_decided_once(service: Service, known: KnownSite) -> None:
    await accepted(service, known, an_arrival(external_id="c-1"))

    receipts = {await service.delete(known, "c-1", a_delivery(f"d-{n % 2}")) for n in range(4)}

    assert len(receipts) == 1
    assert len(await decisions_of(service.house.database, "c-1")) == 2
    assert len(await events_of(service.house.database, "c-1")) == 2


async def test_a_deletion_of_what_we_never_had_is_told_so(service: Service, known: KnownSite) -> None:
    with pytest.raises(NotFound):
        await service.delete(known, "c-1", a_delivery("d-1"))
    assert await count_of(service.house.database, deliveries) == 0


async def test_news_of_an_article_that_come_out_of_order_leave_the_newest(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    newest = update(comments=Comments.OPEN, title="New")
    await service.update_article(known, newest, a_delivery("d-2"), said_at=clock())

    state = await service.update_article(
        known, update(comments=Comments.CLOSED, title="Old"), a_delivery("d-1"), said_at=clock() - SECOND
    )

    assert state.comments is Comments.OPEN
    await accepted(service, known, an_arrival(article="a-1"))


async def test_news_of_an_article_at_two_instances_at_once_leave_the_newest(
    service: Service, other: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(article="a-1"))

    await asyncio.gather(
        *(
            (service, other)[n % 2].update_article(
                known, update(title=f"Title {n}"), a_delivery(f"d-{n}"), said_at=clock() + n * SECOND
            )
            for n in range(9, -1, -1)
        )
    )

    async with service.open_reading() as work:
        titles = (await work.connection.execute(articles.select())).all()
    assert [row.title for row in titles] == ["Title 9"]


async def test_what_is_not_said_stays_and_what_is_said_to_be_nothing_goes(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    first = update(comments=Comments.CLOSED, moderation=Moderation.PRE, title="One", url="https://planet.example.com/1")
    await service.update_article(known, first, a_delivery("d-1"), said_at=clock())

    state = await service.update_article(
        known, update(moderation=None, title=None), a_delivery("d-2"), said_at=clock() + SECOND
    )

    async with service.open_reading() as work:
        row = (await work.connection.execute(articles.select())).one()
    assert (state.comments, state.moderation) == (Comments.CLOSED, None)
    assert (row.title, row.url) == (None, "https://planet.example.com/1")
