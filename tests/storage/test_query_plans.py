"""The questions that are asked all day are answered from an index, on both databases, among a few thousand comments."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.clock import new_id
from moderation.domain import Sketch, Status
from moderation.storage.database import Database
from moderation.storage.tables import articles, authors, comments, decisions, sites
from moderation.storage.work import Work

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ROWS = 6000
ARTICLES = 60
AUTHORS = 300
SITE = UUID(int=1)


@dataclass(frozen=True)
class Crowded:
    """A database with a busy site: 2 % of its comments are pending."""

    database: Database
    author: UUID

    async def plan_of(self, ask: Callable[[Work], Awaitable[object]]) -> str:
        """Returns how the database would answer, with the very statement and parameters that are sent."""
        asked: list[tuple[str, Any]] = []

        def note(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> None:
            asked.append((statement, parameters))

        async with self.database.open_work() as work:
            assert isinstance(work.connection, AsyncConnection)
            sync = work.connection.sync_connection
            event.listen(sync, "before_cursor_execute", note)
            await ask(work)
            event.remove(sync, "before_cursor_execute", note)
            if work.connection.dialect.name == "postgresql":
                # So few rows are read faster than any index; with millions it is the index that counts.
                await work.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN QUERY PLAN " if work.connection.dialect.name == "sqlite" else "EXPLAIN "
            lines = []
            for statement, parameters in asked:
                rows = await work.connection.exec_driver_sql(explain + statement, parameters)
                lines += [" ".join(map(str, row)) for row in rows]
        return "\n".join(lines)


@pytest.fixture
async def crowded(migrated_database_url: str) -> AsyncIterator[Crowded]:
    database = Database(migrated_database_url)
    async with database.open_work() as work:
        connection = work.connection
        await connection.execute(
            insert(sites),
            {"id": SITE, "slug": "s", "url": "https://s.example", "settings": {}, "revision": 0, "created_at": NOW},
        )
        article_ids = [new_id(NOW) for _ in range(ARTICLES)]
        author_ids = [new_id(NOW) for _ in range(AUTHORS)]
        await connection.execute(insert(articles), [_article(key, number) for number, key in enumerate(article_ids)])
        await connection.execute(insert(authors), [_author(key, number) for number, key in enumerate(author_ids)])
        rows = [_comment(number, article_ids, author_ids) for number in range(ROWS)]
        for start in range(0, ROWS, 1000):
            await connection.execute(insert(comments), rows[start : start + 1000])
            await connection.execute(insert(decisions), [_decision(row) for row in rows[start : start + 1000]])
            sketched = [(row["id"], _sketch(number)) for number, row in enumerate(rows[start : start + 1000], start)]
            await work.sketches.add_all(SITE, sketched)
        await connection.execute(text("ANALYZE"))
        await work.commit()
    yield Crowded(database, author_ids[7])
    await database.close()


def _article(key: UUID, number: int) -> dict[str, object]:
    return {"id": key, "site_id": SITE, "external_id": f"a-{number}", "comments": "open", "created_at": NOW}


def _author(key: UUID, number: int) -> dict[str, object]:
    return {
        "id": key,
        "site_id": SITE,
        "email_fingerprint": _digest(f"author {number}"),
        "email_sealed": b"sealed",
        "sealing_key": b"key",
        "standing": "normal",
        "created_at": NOW,
    }


def _comment(number: int, article_ids: list[UUID], author_ids: list[UUID]) -> dict[str, Any]:
    moment = NOW - timedelta(minutes=ROWS - number)
    key = new_id(moment)
    pending, not_scored = number % 50 == 0, number % 500 == 0
    return {
        "id": key,
        "site_id": SITE,
        "article_id": article_ids[number % ARTICLES],
        "author_id": author_ids[number % AUTHORS],
        "external_id": f"c-{number}",
        "thread": key.hex,
        "author_name": "Ana",
        "text": f"Comment number {number}, long enough to be an ordinary one.",
        "text_digest": _digest(f"text {number}"),
        "content_digest": _digest(f"content {number}"),
        "submitted_at": moment,
        "received_at": moment,
        "version": 1,
        "status": Status.PENDING if pending else Status.APPROVED,
        "reason": "not_scored" if not_scored else "doubtful" if pending else "clean",
        "score": None if not_scored else (number % 997) / 997,
        "model": None if not_scored else "m-1",
        "ip_network": "192.0.2.0/24" if number > ROWS - 100 else None,
        "ip_fingerprint": _digest(f"ip {number % 40}") if number > ROWS - 100 else None,
    }


def _decision(row: dict[str, Any]) -> dict[str, object]:
    return {
        "id": new_id(row["received_at"]),
        "comment_id": row["id"],
        "site_id": SITE,
        "version": 1,
        "status": row["status"],
        "reason": row["reason"],
        "score": row["score"],
        "model": row["model"],
        "decided_by": "machine",
        "label": "spam" if row["status"] is Status.PENDING else None,
        "decided_at": row["received_at"],
    }


def _sketch(number: int) -> Sketch:
    return Sketch((number,) * 24, tuple(number * 8 + place for place in range(4)))


def _digest(of: str) -> bytes:
    return hashlib.sha256(of.encode()).digest()


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
    await work.ask(work.comments.times_by_address([_digest("ip 3")], since=since, at_least=1))


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


async def test_the_history_of_an_author_uses_its_index(crowded: Crowded) -> None:
    async def ask(work: Work) -> None:
        since, author = NOW - timedelta(minutes=1), _digest("author 7")
        await work.ask(work.comments.times_by_author(SITE, [author], since=since, at_least=1))

    plan = await crowded.plan_of(ask)

    assert is_used("ix_comments_author_id_received_at", plan), plan


async def test_the_same_text_again_is_looked_up_in_its_index(crowded: Crowded) -> None:
    async def ask(work: Work) -> None:
        texts = [(_digest("author 7"), _digest("text 7")), (_digest("author 7"), _digest("unknown"))]
        await work.ask(work.comments.same_texts(SITE, texts, since=NOW - timedelta(days=9)))

    plan = await crowded.plan_of(ask)

    assert is_used("ix_comments_author_id_text_digest_received_at", plan) or is_used(
        "ix_comments_author_id_received_at", plan
    ), plan
    assert not reads_all_comments(plan), plan


async def test_nearly_the_same_text_is_looked_up_in_the_index_of_each_key(crowded: Crowded) -> None:
    async def ask(work: Work) -> None:
        wanted = [_sketch(7), _sketch(5000), _sketch(9999)]
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
    return any(index == word.strip("(),") for word in plan.split())


def reads_all_comments(plan: str) -> bool:
    return "SCAN comments" in plan.replace("SCAN comments USING", "") or "Seq Scan on comments" in plan


def reads_all_sketches(plan: str) -> bool:
    return "SCAN sketches" in plan or "Seq Scan on sketches" in plan


def _is_sqlite(work: Work) -> bool:
    return work.connection.dialect.name == "sqlite"
