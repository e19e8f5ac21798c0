"""A list of submissions becomes a list of receipts; what was said once is said again, and nothing is taken twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from moderation.domain import ArticleUpdate, Comments, Moderation, NewAuthor, Reason, Status
from moderation.errors import CommentsClosed, DuplicateComment, IdReused, ModerationError
from moderation.storage.tables import articles, authors, comments, deliveries, outbox
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Accepted
from moderation.workflows.submit import Arrival
from tests.fakes import DOUBT, POISON, SPAM, FakeClock, FakeScorer
from tests.makers import a_submission, an_arrival
from tests.workflows.steps import (
    a_delivery,
    accepted,
    column,
    count_of,
    decisions_of,
    receipt_of,
    ruled,
    sent,
    with_policy,
)


@pytest.mark.parametrize(
    ("text", "status", "reason", "score"),
    [
        ("A calm remark.", Status.APPROVED, Reason.CLEAN, 0.02),
        (f"Please {DOUBT} for more.", Status.PENDING, Reason.DOUBTFUL, 0.6),
        (f"You can {SPAM} here.", Status.REJECTED, Reason.SPAM, 0.99),
        (f"Some words {POISON} the classifier.", Status.PENDING, Reason.NOT_SCORED, None),
    ],
)
async def test_a_comment_is_scored_decided_stored_and_answered(
    service: Service, known: KnownSite, text: str, status: Status, reason: Reason, score: float | None
) -> None:
    receipt = await accepted(service, known, an_arrival(external_id="c-1", text=text))

    model = None if score is None else "fake-1"
    assert (receipt.external_id, receipt.status, receipt.reason, receipt.score, receipt.model) == (
        "c-1",
        status,
        reason,
        score,
        model,
    )
    assert await column(service.house.database, "id") == [receipt.id]
    assert [tuple(row) for row in await decisions_of(service.house.database, "c-1")] == [(1, status, reason, "machine")]


async def test_a_repeated_submission_gets_the_first_answer(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    arrival = an_arrival()
    first = await sent(service, known, arrival)
    clock.advance(days=40)

    second = await sent(service, known, arrival)

    assert isinstance(first, Accepted)
    assert second == replace(first, new=False)
    assert await count_of(service.house.database, comments) == 1


async def test_a_repeated_submission_gets_the_first_answer_after_a_moderator_has_ruled(
    service: Service, known: KnownSite
) -> None:
    arrival = an_arrival(external_id="c-1")
    first = await accepted(service, known, arrival)
    await ruled(service.house.database, "c-1", Status.REJECTED, Reason.ABUSE, now=service.now())

    assert await accepted(service, known, arrival) == first
    assert await column(service.house.database, "status") == [Status.REJECTED]


async def test_what_may_honestly_change_between_two_tries_makes_no_other_comment(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    submission = a_submission(ip="192.0.2.7", filled_in_ms=9000)
    first = await accepted(service, known, Arrival(submission))
    author = replace(submission.author, ip="198.51.100.1", user_agent="another")
    again = replace(submission, author=author, submitted_at=clock(), filled_in_ms=1)

    assert await accepted(service, known, Arrival(again)) == first


@pytest.mark.parametrize("changed", ["text", "article", "email", "name", "url", "parent_id"])
async def test_the_same_id_with_other_content_is_refused_and_the_first_one_stays(
    service: Service, known: KnownSite, changed: str
) -> None:
    content: dict[str, Any] = {"text": "One.", "article": "a-1", "email": "ana@example.org", "name": "Ana"}
    await accepted(service, known, an_arrival(external_id="c-1", **content))
    other = {"email": "bo@example.org"}.get(changed, "other")

    outcome = await sent(service, known, an_arrival(external_id="c-1", **{**content, changed: other}))

    assert isinstance(outcome, IdReused)
    assert await column(service.house.database, "text") == ["One."]


@pytest.mark.usefixtures("star")
async def test_the_same_id_at_another_site_is_another_comment(service: Service, known: KnownSite) -> None:
    star = await service.directory.find("evening-star")
    assert star is not None
    arrival = an_arrival(external_id="c-1")

    here, there = await asyncio.gather(accepted(service, known, arrival), accepted(service, star, arrival))

    assert here.id != there.id


async def test_a_delivery_that_is_repeated_gets_the_first_answer(service: Service, known: KnownSite) -> None:
    arrival = an_arrival(delivery=a_delivery("d-1"))

    receipts = {await accepted(service, known, arrival) for _ in range(3)}

    assert len(receipts) == 1
    assert await count_of(service.house.database, deliveries) == 1


async def test_a_delivery_id_with_another_body_is_refused(service: Service, known: KnownSite) -> None:
    await accepted(service, known, an_arrival(delivery=a_delivery("d-1", b"one")))

    outcome = await sent(service, known, an_arrival(delivery=a_delivery("d-1", b"two")))

    assert isinstance(outcome, IdReused)
    assert await count_of(service.house.database, comments) == 1


async def test_a_refused_delivery_is_not_remembered_as_obeyed(service: Service, known: KnownSite) -> None:
    await accepted(service, known, an_arrival(email="ana@example.org", text="Hello."))
    again = an_arrival(email="ana@example.org", text="Hello.", delivery=a_delivery("d-1"))

    assert isinstance(await sent(service, known, again), DuplicateComment)
    assert await count_of(service.house.database, deliveries) == 0


async def test_one_comment_that_arrives_twenty_times_at_once_is_one(service: Service, known: KnownSite) -> None:
    arrival = an_arrival(external_id="c-1", delivery=a_delivery("d-1"))

    outcomes = await asyncio.gather(*(sent(service, known, arrival) for _ in range(20)))

    assert len({receipt_of(outcome) for outcome in outcomes}) == 1
    assert sum(outcome.new for outcome in outcomes if isinstance(outcome, Accepted)) == 1
    assert await count_of(service.house.database, comments) == 1


@pytest.mark.parametrize("author_is_known", [False, True])
async def test_one_comment_that_arrives_twenty_times_at_two_instances_is_one(
    service: Service, other: Service, known: KnownSite, author_is_known: bool
) -> None:
    if author_is_known:
        await accepted(service, known, an_arrival(external_id="c-0", email="ana@example.org"))
    arrival = an_arrival(external_id="c-1", email="ana@example.org", delivery=a_delivery("d-1"))

    outcomes = await asyncio.gather(*(sent((service, other)[n % 2], known, arrival) for n in range(20)))

    assert len({receipt_of(outcome) for outcome in outcomes}) == 1
    assert (await column(service.house.database, "external_id")).count("c-1") == 1


@pytest.mark.parametrize("author_is_known", [False, True])
async def test_one_text_that_arrives_at_two_instances_under_two_ids_is_taken_once(
    service: Service, other: Service, known: KnownSite, author_is_known: bool
) -> None:
    if author_is_known:
        await accepted(service, known, an_arrival(email="ana@example.org"))
    arrivals = [an_arrival(email="ana@example.org", text="The same words.") for _ in range(8)]

    outcomes = await asyncio.gather(
        *(sent((service, other)[n % 2], known, arrival) for n, arrival in enumerate(arrivals))
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, DuplicateComment)]
    assert (len(outcomes) - len(refused), len(refused)) == (1, 7)


async def test_many_comments_of_many_readers_at_two_instances_are_all_taken_once(
    service: Service, other: Service, known: KnownSite
) -> None:
    # The same ten readers and three articles at both doors, so that both want to make them first.
    arrivals = [
        an_arrival(email=f"reader-{n % 10}@example.org", article=f"a-{n % 3}", external_id=f"c-{n}", ip="192.0.2.7")
        for n in range(60)
    ]
    generous = with_policy(known, flood_count=0)

    outcomes = await asyncio.gather(
        *(sent((service, other)[n % 2], generous, arrival) for n, arrival in enumerate([*arrivals, *arrivals[::-1]]))
    )

    assert {receipt_of(outcome).external_id for outcome in outcomes} == {f"c-{n}" for n in range(60)}
    database = service.house.database
    counts = [await count_of(database, table) for table in (comments, authors, articles, outbox)]
    assert counts == [60, 10, 3, 60]


@pytest.mark.parametrize(
    ("hours", "email", "text", "refused"),
    [
        (23.99, "ana@example.org", "Hello, world.", True),
        (23.99, "ANA@example.org", "hello,   WORLD.", True),
        (24.01, "ana@example.org", "Hello, world.", False),
        (1, "bo@example.org", "Hello, world.", False),
        (1, "ana@example.org", "Hello, worlds.", False),
    ],
)
async def test_the_same_author_may_not_say_the_same_again_within_a_day(
    service: Service, known: KnownSite, clock: FakeClock, hours: float, email: str, text: str, refused: bool
) -> None:
    await accepted(service, known, an_arrival(email="ana@example.org", text="Hello, world."))
    clock.advance(hours=hours)

    outcome = await sent(service, known, an_arrival(email=email, text=text))

    assert isinstance(outcome, DuplicateComment) is refused


async def test_a_closed_article_takes_no_comments_and_an_open_one_does(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    closed = ArticleUpdate("a-1", comments=Comments.CLOSED, given=frozenset({"comments"}))
    await service.update_article(known, closed, a_delivery("d-1"), said_at=clock())

    outcomes = [await sent(service, known, an_arrival(article=article)) for article in ("a-1", "a-2")]

    assert isinstance(outcomes[0], CommentsClosed)
    assert isinstance(outcomes[1], Accepted)


async def test_a_repeat_of_a_comment_on_an_article_that_has_closed_gets_the_first_answer(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    arrival = an_arrival(article="a-1")
    first = await accepted(service, known, arrival)
    closed = ArticleUpdate("a-1", comments=Comments.CLOSED, given=frozenset({"comments"}))
    await service.update_article(known, closed, a_delivery("d-1"), said_at=clock())

    assert await accepted(service, known, arrival) == first


async def test_a_premoderated_article_holds_what_would_be_published(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    held = ArticleUpdate("a-1", moderation=Moderation.PRE, given=frozenset({"moderation"}))
    await service.update_article(known, held, a_delivery("d-1"), said_at=clock())

    receipt = await accepted(service, known, an_arrival(article="a-1"))

    assert (receipt.status, receipt.reason) == (Status.PENDING, Reason.PREMODERATED)


async def test_a_text_that_the_classifier_chokes_on_is_held_alone(service: Service, known: KnownSite) -> None:
    arrivals = [an_arrival(text=POISON if n == 3 else None) for n in range(6)]

    receipts = await asyncio.gather(*(accepted(service, known, arrival) for arrival in arrivals))

    assert [receipt.reason for receipt in receipts].count(Reason.CLEAN) == 5
    assert (receipts[3].status, receipts[3].reason) == (Status.PENDING, Reason.NOT_SCORED)


async def test_an_item_that_no_store_would_take_fails_alone(service: Service, known: KnownSite) -> None:
    # The doors refuse such an article id; if one ever came through, the others must not suffer.
    impossible = an_arrival(article=None)
    arrivals = [an_arrival(), impossible, an_arrival()]

    outcomes = await asyncio.gather(*(sent(service, known, arrival) for arrival in arrivals), return_exceptions=True)

    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [True, False, True]
    assert isinstance(outcomes[1], Exception)
    assert not isinstance(outcomes[1], ModerationError)


async def test_without_a_classifier_comments_are_held(service: Service, known: KnownSite) -> None:
    assert isinstance(service.scorer, FakeScorer)
    service.scorer.available = False

    receipt = await accepted(service, known)

    assert (receipt.status, receipt.reason, receipt.score, receipt.model) == (
        Status.PENDING,
        Reason.NOT_SCORED,
        None,
        None,
    )


async def test_an_authors_first_comment_is_held_and_the_next_ones_after_an_approval_are_not(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    careful = with_policy(known, new_author=NewAuthor.HOLD)
    first = await accepted(service, careful, an_arrival(email="ana@example.org", external_id="c-1"))
    second = await accepted(service, careful, an_arrival(email="ana@example.org"))
    await ruled(service.house.database, "c-1", Status.APPROVED, Reason.APPROVED, now=clock())

    third = await accepted(service, careful, an_arrival(email="ana@example.org"))

    assert [receipt.reason for receipt in (first, second, third)] == [
        Reason.NEW_AUTHOR,
        Reason.NEW_AUTHOR,
        Reason.CLEAN,
    ]


async def test_the_store_holds_no_address_in_the_clear(service: Service, known: KnownSite) -> None:
    await accepted(service, known, an_arrival(email="ana.secret@example.org", ip="203.0.113.77"))

    async with service.open_reading() as work:
        stored = [
            repr(tuple(row)) for table in (comments, authors, outbox, deliveries)
            for row in await work.connection.execute(table.select())
        ]  # fmt: skip
    assert not any("ana.secret" in row or "203.0.113.77" in row for row in stored)
    assert any("203.0.113.0/24" in row for row in stored)
