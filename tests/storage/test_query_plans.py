"""The questions that are asked all day are answered from an index, on both databases, among a few thousand comments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from moderation.storage.tables import comments
from moderation.storage.work import Work
from tests.storage.crowd import NOW, ROWS, SITE, Crowded, a_sketch, digest_of


async def _page(work: Work) -> object:
    return await work.reading.page(SITE, "a-3", after="", limit=20)


async def _counts(work: Work) -> object:
    return await work.reading.counts(SITE, ["a-3", "a-4"])


async def _feed_of_site(work: Work) -> object:
    return await work.reading.latest_of_site(SITE, limit=20)


async def _feed_of_article(work: Work) -> object:
    return await work.reading.latest_of_article(SITE, "a-3", limit=20)


async def _waiting(work: Work) -> object:
    return await work.decisions.waiting_for_score(after=None, limit=200, now=NOW)


async def _receipts(work: Work) -> None:
    await work.ask(work.comments.known(SITE, ["c-1", "c-2", "unknown"]))


async def _addresses(work: Work) -> None:
    since = NOW - timedelta(minutes=1)
    await work.ask(work.comments.times_by_address([digest_of("ip 3")], since=since, at_least=1))


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (_page, "ix_comments_public"),
        (_counts, "ix_comments_public"),
        (_feed_of_article, "ix_comments_public"),
        (_waiting, "ix_comments_not_scored"),
        (_receipts, "uq_comments_site_id_external_id"),
        (_addresses, "ix_comments_ip_fingerprint"),
    ],
    ids=["public page", "counts", "feed of an article", "not scored", "receipts", "address history"],
)
async def test_a_question_of_the_house_uses_its_index(
    crowded: Crowded, ask: Callable[[Work], Awaitable[object]], index: str
) -> None:
    plan = await crowded.plan_of(ask)

    assert is_used(index, plan), plan
    assert not reads_all_comments(plan), plan


async def test_the_feed_of_a_site_is_read_from_its_newest_comment_on(crowded: Crowded) -> None:
    plan = await crowded.plan_of(_feed_of_site)

    # By site, or by age alone where nearly all comments are of one site.
    assert is_used("ix_comments_site_id_status_id", plan) or is_used("pk_comments", plan), plan
    assert not reads_all_comments(plan), plan
    assert "sort" not in plan.lower().replace("b-tree", ""), plan


async def test_what_another_model_doubted_is_walked_in_order_part_by_part(crowded: Crowded) -> None:
    async def ask(work: Work) -> None:
        await work.decisions.doubted_by_others(SITE, "m-2", after=None, limit=64, now=NOW)

    plan = await crowded.plan_of(ask)

    # The other index has all that is doubtful, in the order of scores: it would be sorted again for each part.
    assert is_used("ix_comments_site_id_status_id", plan), plan
    assert not is_used("ix_comments_queue_by_reason", plan), plan
    assert not reads_all_comments(plan), plan


async def test_comments_that_are_decided_together_are_looked_up_by_their_ids(crowded: Crowded) -> None:
    async with crowded.database.open_reading() as work:
        ids = list((await work.connection.execute(select(comments.c.id).limit(20))).scalars())

    async def ask(work: Work) -> None:
        assert len(await work.rulings.lock(ids, {SITE})) == len(ids)

    plan = await crowded.plan_of(ask)

    # SQLite takes all comments of a site for ten.
    assert is_used("pk_comments", plan), plan
    assert not is_used("ix_comments_site_id_status_id", plan), plan


async def test_the_history_of_an_author_uses_its_index(crowded: Crowded) -> None:
    async def ask(work: Work) -> None:
        since, author = NOW - timedelta(minutes=1), digest_of("author 7")
        await work.ask(work.comments.times_by_author(SITE, [author], since=since, at_least=1))

    plan = await crowded.plan_of(ask)

    assert is_used("ix_comments_author_id_received_at", plan), plan


async def test_the_same_text_again_is_looked_up_in_its_index(crowded: Crowded) -> None:
    async def ask(work: Work) -> None:
        texts = [(digest_of("author 7"), digest_of("text 7")), (digest_of("author 7"), digest_of("unknown"))]
        await work.ask(work.comments.same_texts(SITE, texts, since=NOW - timedelta(days=9)))

    plan = await crowded.plan_of(ask)

    assert is_used("ix_comments_author_id_text_digest_received_at", plan) or is_used(
        "ix_comments_author_id_received_at", plan
    ), plan
    assert not reads_all_comments(plan), plan


async def test_nearly_the_same_text_is_looked_up_in_the_index_of_each_key(crowded: Crowded) -> None:
    async def ask(work: Work) -> None:
        wanted = [a_sketch(7), a_sketch(5000), a_sketch(9999)]
        found = work.sketches.known(SITE, wanted, since=NOW - timedelta(days=9))
        await work.ask(found)
        assert len(found.answer) == 2

    plan = await crowded.plan_of(ask)

    assert all(is_used(f"ix_sketches_key_{number}", plan) for number in range(1, 5)), plan
    assert not reads_all_comments(plan), plan
    assert not reads_all_sketches(plan), plan


async def test_old_sketches_are_found_by_their_ids(crowded: Crowded) -> None:
    async def ask(work: Work) -> object:
        return await work.sketches.forget_before(NOW - timedelta(minutes=ROWS - 3), limit=10)

    plan = await crowded.plan_of(ask)

    assert not reads_all_sketches(plan), plan


async def test_whoever_has_reported_long_ago_is_found_by_an_index(crowded: Crowded) -> None:
    async def ask(work: Work) -> object:
        return await work.reports.forget_reporters_before(NOW, limit=10)

    plan = await crowded.plan_of(ask)

    assert is_used("ix_reports_named", plan), plan


async def test_what_was_decided_together_is_found_by_an_index(crowded: Crowded) -> None:
    async def ask(work: Work) -> object:
        return await work.rulings.of_batch(UUID(int=5), [SITE])

    plan = await crowded.plan_of(ask)

    assert is_used("ix_decisions_batch_id", plan), plan


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (
            "SELECT id FROM comments WHERE site_id = :site AND status = 'pending' ORDER BY id LIMIT 50",
            "ix_comments_site_id_status_id",
        ),
        (
            "SELECT id FROM comments WHERE site_id = :site AND status = 'pending' ORDER BY score DESC, id DESC LIMIT 9",
            "ix_comments_queue_by_score",
        ),
        (
            "SELECT comment_id FROM decisions WHERE site_id = :site AND label IS NOT NULL AND decided_at > :since "
            "ORDER BY decided_at",
            "ix_decisions_labels",
        ),
    ],
    ids=["queue by time", "queue by score", "labels by time"],
)
async def test_what_moderators_and_training_will_ask_finds_an_index(
    crowded: Crowded, question: str, index: str
) -> None:
    async def ask(work: Work) -> object:
        statement = text(question).bindparams(site=SITE.hex if _is_sqlite(work) else SITE)
        if ":since" in question:
            recently = NOW - timedelta(hours=2)
            statement = statement.bindparams(since=str(recently.replace(tzinfo=None)) if _is_sqlite(work) else recently)
        return await work.connection.execute(statement)

    plan = await crowded.plan_of(ask)

    assert is_used(index, plan), plan
    assert not reads_all_comments(plan), plan


def is_used(index: str, plan: str) -> bool:
    # SQLite names the index of a unique constraint by itself, but tells its columns.
    if index == "uq_comments_site_id_external_id" and "(site_id=? AND external_id=?)" in plan:
        return True
    if index == "pk_comments" and "SEARCH comments USING INDEX sqlite_autoindex_comments_1 (id=?)" in plan:
        return True
    return any(index == word.strip("(),") for word in plan.split())


def reads_all_comments(plan: str) -> bool:
    return "SCAN comments" in plan.replace("SCAN comments USING", "") or "Seq Scan on comments" in plan


def reads_all_sketches(plan: str) -> bool:
    return "SCAN sketches" in plan or "Seq Scan on sketches" in plan


def _is_sqlite(work: Work) -> bool:
    return work.connection.dialect.name == "sqlite"
