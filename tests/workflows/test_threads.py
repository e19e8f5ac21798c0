"""A reader sees each comment followed by its replies, in the order in which they came."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.domain import Status
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.submit import Arrival, submit
from tests.fakes import SPAM, FakeClock
from tests.makers import an_arrival
from tests.workflows.steps import accepted, receipt_of


async def submitted(service: Service, known: KnownSite, arrivals: Sequence[Arrival]) -> list[Status]:
    """Submits one list, as an import does."""
    outcomes = await submit(
        known.site,
        arrivals,
        at_once=service.house.database.at_once,
        vault=service.house.vault,
        scorer=service.scorer,
        book=known.book,
        now=service.now,
        random=lambda: 0.5,
    )
    return [receipt_of(outcome).status for outcome in outcomes]


async def shown(service: Service, known: KnownSite, article: str = "a-1", *, limit: int = 200) -> list[str]:
    """Returns the external ids of an article, read page by page."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        async with service.open_reading() as work:
            page = await work.reading.page(known.site.id, article, after=after, limit=limit)
        found += [comment.external_id for comment in page.comments]
        after = page.next_after
    return found


async def test_replies_follow_their_comment_oldest_first(service: Service, known: KnownSite, clock: FakeClock) -> None:
    for name, parent in [("1", None), ("2", None), ("1.1", "1"), ("2.1", "2"), ("1.2", "1"), ("1.1.1", "1.1")]:
        await accepted(service, known, an_arrival(external_id=name, parent_id=parent))
        clock.advance(seconds=1)

    assert await shown(service, known) == ["1", "1.1", "1.1.1", "1.2", "2", "2.1"]


async def test_the_comments_of_one_list_are_shown_in_its_order(service: Service, known: KnownSite) -> None:
    names = [f"c-{number:03}" for number in range(100)]

    await submitted(service, known, [an_arrival(external_id=name) for name in names])

    assert await shown(service, known) == names


async def test_pages_have_no_gaps_and_nothing_twice(service: Service, known: KnownSite, clock: FakeClock) -> None:
    for number in range(5):
        await accepted(service, known, an_arrival(external_id=f"c-{number}"))
        await accepted(service, known, an_arrival(external_id=f"r-{number}", parent_id=f"c-{number}"))
        clock.advance(seconds=1)
    whole = await shown(service, known)

    assert len(whole) == 10
    assert [await shown(service, known, limit=limit) for limit in (1, 2, 3, 9, 10)] == [whole] * 5


async def test_fifty_replies_to_replies_are_shown_in_order_with_a_bounded_key(
    service: Service, known: KnownSite
) -> None:
    names = [f"c-{number:02}" for number in range(50)]
    arrivals = [
        an_arrival(external_id=name, parent_id=parent) for name, parent in zip(names, [None, *names], strict=False)
    ]

    await submitted(service, known, arrivals)

    assert await shown(service, known) == names
    async with service.open_reading() as work:
        asked = work.comments.threads(known.site.id, names)
        await work.ask(asked)
    assert max(len(thread) for _, thread in asked.answer.values()) == 32 * 32


async def test_a_reply_that_comes_before_its_comment_begins_a_thread(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="reply", parent_id="comment"))
    clock.advance(seconds=1)
    await accepted(service, known, an_arrival(external_id="comment"))
    clock.advance(seconds=1)
    await accepted(service, known, an_arrival(external_id="later reply", parent_id="comment"))

    assert await shown(service, known) == ["reply", "comment", "later reply"]


async def test_a_reply_to_a_comment_on_another_article_begins_a_thread(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(external_id="elsewhere", article="a-2"))
    clock.advance(seconds=1)
    await accepted(service, known, an_arrival(external_id="here", article="a-1"))
    clock.advance(seconds=1)
    await accepted(service, known, an_arrival(external_id="reply", article="a-1", parent_id="elsewhere"))

    assert await shown(service, known, "a-1") == ["here", "reply"]
    assert await shown(service, known, "a-2") == ["elsewhere"]


async def test_a_comment_that_answers_itself_is_an_ordinary_one(service: Service, known: KnownSite) -> None:
    await accepted(service, known, an_arrival(external_id="c-1", parent_id="c-1"))

    assert await shown(service, known) == ["c-1"]


async def test_a_reply_to_what_is_not_public_is_public_all_the_same(service: Service, known: KnownSite) -> None:
    statuses = await submitted(
        service,
        known,
        [an_arrival(external_id="spam", text=SPAM), an_arrival(external_id="reply", parent_id="spam")],
    )

    assert statuses == [Status.REJECTED, Status.APPROVED]
    assert await shown(service, known) == ["reply"]


async def test_only_articles_with_approved_comments_are_counted(service: Service, known: KnownSite) -> None:
    await submitted(service, known, [an_arrival(article="a-1"), an_arrival(article="a-1"), an_arrival(article="a-2")])
    await submitted(service, known, [an_arrival(article="a-3", text=SPAM)])

    async with service.open_reading() as work:
        counts = await work.reading.counts(known.site.id, ["a-1", "a-2", "a-3", "a-4"])

    assert counts == {"a-1": 2, "a-2": 1}
