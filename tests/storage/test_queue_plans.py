"""Pages of the queue are read along an index, the first one and one far behind, on both databases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from moderation.clock import first_id
from moderation.domain import Campaign, Place, QueueFilter, Reason, Sort, Status
from moderation.storage.queue import FEW
from moderation.storage.tables import articles, comments
from moderation.storage.work import Work
from tests.storage.crowd import NOW, SITE, Crowded
from tests.storage.test_query_plans import is_used, reads_all_comments

FAR = Place(first_id(NOW - timedelta(hours=50)), 0.4, 1)  # half of the comments came before
SORTS_ALL = ("TEMP B-TREE", "Sort Key")


async def plan_of_page(crowded: Crowded, wanted: QueueFilter, sort: Sort, after: Place | None, *, few: bool) -> str:
    async def ask(work: Work) -> None:
        await work.queue.page(SITE, wanted, sort, after=after, limit=20, few=few)

    return await crowded.plan_of(ask)


@pytest.mark.parametrize("after", [None, FAR], ids=["first", "far"])
@pytest.mark.parametrize(
    ("sort", "index"),
    [
        (Sort.RISK, "ix_comments_queue_by_score"),
        (Sort.UNCERTAIN, "ix_comments_queue_by_score"),
        (Sort.REPORTS, "ix_comments_queue_by_reports"),
        (Sort.NEWEST, "ix_comments_site_id_status_id"),
        (Sort.OLDEST, "ix_comments_site_id_status_id"),
    ],
)
async def test_a_page_is_read_along_the_index_of_its_order(
    crowded: Crowded, sort: Sort, index: str, after: Place | None
) -> None:
    plan = await plan_of_page(crowded, QueueFilter(), sort, after, few=False)

    assert is_used(index, plan), plan
    assert not reads_all_comments(plan), plan
    assert not any(sign in plan for sign in SORTS_ALL), plan


@pytest.mark.parametrize(
    "wanted", [QueueFilter(reason=Reason.DOUBTFUL), QueueFilter(min_score=0.3)], ids=["reason", "score"]
)
async def test_what_a_filter_leaves_much_of_is_read_along_the_order_all_the_same(
    crowded: Crowded, wanted: QueueFilter
) -> None:
    plan = await plan_of_page(crowded, wanted, Sort.NEWEST, None, few=False)

    assert is_used("ix_comments_site_id_status_id", plan), plan
    assert not any(sign in plan for sign in SORTS_ALL), plan


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST])
async def test_what_is_decided_is_read_along_an_index_by_its_time(crowded: Crowded, status: Status, sort: Sort) -> None:
    plan = await plan_of_page(crowded, QueueFilter(status), sort, FAR, few=False)

    # Where nearly all comments are approved, PostgreSQL may as well walk along all ids.
    assert is_used("ix_comments_site_id_status_id", plan) or is_used("pk_comments", plan), plan
    assert not reads_all_comments(plan), plan
    assert not any(sign in plan for sign in SORTS_ALL), plan


@pytest.mark.parametrize(
    ("wanted", "indexes"),
    [
        (QueueFilter(), ["ix_comments_site_id_status_id", "ix_comments_queue_by_"]),
        (QueueFilter(reason=Reason.NOT_SCORED), ["ix_comments_queue_by_reason", "ix_comments_not_scored"]),
        (QueueFilter(article="a-3"), ["ix_comments_queue_by_article"]),
        (QueueFilter(author=UUID(int=5)), ["ix_comments_queue_by_author", "ix_comments_author_id_"]),
        (QueueFilter(article="a-3", words=("ordinary",)), ["ix_comments_queue_by_article"]),
        (QueueFilter(author=UUID(int=5), words=("ordinary",)), ["ix_comments_queue_by_author", "ix_comments_author_"]),
        (QueueFilter(min_score=0.99), ["ix_comments_queue_by_score"]),
        (QueueFilter(words=("number", "ordinary")), ["queue_words", "ix_comments_queue_by_word"]),
    ],
    ids=["all", "reason", "article", "author", "article and words", "author and words", "score", "words"],
)
async def test_few_comments_are_found_by_the_index_of_the_filter(
    crowded: Crowded, wanted: QueueFilter, indexes: list[str]
) -> None:
    async def ask(work: Work) -> None:
        await work.queue.count(SITE, wanted)

    async def lock(work: Work) -> None:
        await work.queue.lock_all(SITE, wanted)

    for plan in (await crowded.plan_of(ask), await crowded.plan_of(lock)):
        assert any(index in plan for index in indexes), plan
        assert not reads_all_comments(plan), plan


@pytest.mark.parametrize(
    "wanted", [None, QueueFilter(), QueueFilter(reason=Reason.DOUBTFUL), QueueFilter(min_score=0.3)]
)
async def test_what_waits_is_counted_by_score_and_reason_without_being_read(
    crowded: Crowded, wanted: QueueFilter | None
) -> None:
    async def ask(work: Work) -> None:
        if wanted is None:
            await work.queue.by_score(SITE, bars=20)
        else:
            await work.queue.count(SITE, wanted)

    plan = await crowded.plan_of(ask)

    assert "COVERING INDEX" in plan or "Index Only Scan" in plan, plan


async def test_of_an_article_that_many_write_about_a_word_is_looked_up(crowded: Crowded) -> None:
    async with crowded.database.open_work() as work:
        article = select(articles.c.id).where(articles.c.external_id == "a-3").scalar_subquery()
        await work.connection.execute(update(comments).values(article_id=article, status=Status.PENDING))
        await work.commit()

    async def ask(work: Work) -> None:
        await work.queue.count(SITE, QueueFilter(article="a-3", words=("number", "ordinary")))

    plan = await crowded.plan_of(ask)

    assert "queue_words" in plan or "ix_comments_queue_by_word" in plan, plan


async def test_what_happened_lately_is_found_by_its_ids(crowded: Crowded) -> None:
    async def ask(work: Work) -> None:
        await work.happenings.decided_after(FAR.id, limit=10)

    plan = await crowded.plan_of(ask)

    assert "Seq Scan on decisions" not in plan, plan
    assert "SCAN decisions" not in plan, plan


async def a_campaign(crowded: Crowded) -> list[UUID]:
    """Gives forty pending comments the name of the first; returns their ids."""
    async with crowded.database.open_work() as work:
        places = await work.queue.page(SITE, QueueFilter(), Sort.OLDEST, after=None, limit=40, few=True)
        ids = [place.id for place in places]
        named = update(comments).where(comments.c.id.in_(ids[1:])).values(campaign=ids[0])
        await work.connection.execute(named)
        await work.commit()
    return ids


@pytest.mark.parametrize("words", [(), ("ordinary",)], ids=["alone", "with words"])
async def test_a_campaign_is_counted_listed_and_decided_by_its_name(crowded: Crowded, words: tuple[str, ...]) -> None:
    ids = await a_campaign(crowded)
    wanted = QueueFilter(campaign=ids[0], up_to=ids[29], words=words)

    async def ask(work: Work) -> None:
        assert await work.queue.count(SITE, wanted) == 30
        await work.queue.page(SITE, wanted, Sort.RISK, after=None, limit=20, few=True)
        assert await work.queue.lock_all(SITE, wanted) == ids[:30]

    plan = await crowded.plan_of(ask)

    assert "ix_comments_campaign" in plan, plan
    assert not reads_all_comments(plan), plan


async def test_what_waits_of_the_campaigns_of_a_page_is_counted_along_one_index(crowded: Crowded) -> None:
    ids = await a_campaign(crowded)
    async with crowded.database.open_reading() as work:
        page = await work.queue.page(SITE, QueueFilter(), Sort.OLDEST, after=None, limit=50, few=True)

    async def ask(work: Work) -> None:
        found = await work.campaigns.waiting([place.id for place in page], most=FEW)
        assert found.pop(ids[0]) == Campaign(40, ids[0], ids[39])
        assert found == {}
        assert await work.campaigns.waiting([ids[7]], most=20) == {ids[0]: Campaign(20, ids[0], ids[19])}

    plan = await crowded.plan_of(ask)

    assert "ix_comments_campaign" in plan, plan
    assert not reads_all_comments(plan), plan
