"""A busy site in the store, made once in a run on each database, of which every test has a copy."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
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
from tests.conftest import BOTH_DATABASES, copy_of, copy_sqlite, sqlite_url
from tests.postgres import PostgresServer, database_of

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ROWS = 6000
ARTICLES = 60
AUTHORS = 300
SITE = UUID(int=1)


@dataclass(frozen=True)
class Crowded:
    """A database with a busy site: 2 % of its comments are pending."""

    database: Database

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


Fill = Callable[[Work], Awaitable[None]]
# Gives the path or name of a database with rows and statistics, filled by all of these, one after the other.
Template = Callable[[tuple[Fill, ...]], str]


@pytest.fixture(scope="session")
def sqlite_filled(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """SQLite files to be copied, each filled once."""

    @cache
    def filled(fills: tuple[Fill, ...]) -> str:
        if not fills:
            return sqlite_template
        folder = tmp_path_factory.mktemp("filled")
        copy_sqlite(Path(filled(fills[:-1])), folder / "moderation.db")
        asyncio.run(_fill(sqlite_url(folder), fills[-1]))
        return str(folder / "moderation.db")

    return filled


@pytest.fixture(scope="session")
def postgresql_filled(postgresql_template: str, postgres_server: PostgresServer) -> Iterator[Template]:
    """PostgreSQL databases to be copied, each filled once."""
    with ExitStack() as databases:

        @cache
        def filled(fills: tuple[Fill, ...]) -> str:
            if not fills:
                return postgresql_template
            url = databases.enter_context(postgres_server.database(filled(fills[:-1])))
            asyncio.run(_fill(url, fills[-1]))
            return database_of(url)

        yield filled


async def _fill(url: str, fill: Fill) -> None:
    database = Database(url)
    async with database.open_work() as work:
        await fill(work)
        # PostgreSQL does this by itself. SQLite does not, and we never tell it to.
        if work.connection.dialect.name == "postgresql":
            await work.connection.execute(text("ANALYZE"))
        await work.commit()
    await database.close()


@pytest.fixture(params=BOTH_DATABASES)
def filled_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a copy with the busy site, and with what the module calls its `FILLS`."""
    filled: Template = request.getfixturevalue(f"{request.param}_filled")
    with copy_of(filled((busy_site, *getattr(request.module, "FILLS", ()))), request, tmp_path) as url:
        yield url


@pytest.fixture
async def crowded(filled_database_url: str) -> AsyncIterator[Crowded]:
    """The busy site."""
    database = Database(filled_database_url)
    yield Crowded(database)
    await database.close()


async def busy_site(work: Work) -> None:
    """Some thousand comments, of which 2 % are pending, and their authors, articles, decisions and sketches."""
    connection = work.connection
    site = {"id": SITE, "slug": "s", "url": "https://s.example", "settings": {}, "revision": 0, "created_at": NOW}
    await connection.execute(insert(sites), site)
    article_ids = [new_id(NOW) for _ in range(ARTICLES)]
    author_ids = [new_id(NOW) for _ in range(AUTHORS)]
    await connection.execute(insert(articles), [an_article(key, number) for number, key in enumerate(article_ids)])
    await connection.execute(insert(authors), [an_author(key, number) for number, key in enumerate(author_ids)])
    rows = [a_comment(number, article_ids, author_ids) for number in range(ROWS)]
    for start in range(0, ROWS, 1000):
        await connection.execute(insert(comments), rows[start : start + 1000])
        await connection.execute(insert(decisions), [_decision(row) for row in rows[start : start + 1000]])
        sketched = [(row["id"], a_sketch(number)) for number, row in enumerate(rows[start : start + 1000], start)]
        await work.sketches.add_all(SITE, sketched)


def an_article(key: UUID, number: int) -> dict[str, object]:
    return {"id": key, "site_id": SITE, "external_id": f"a-{number}", "comments": "open", "created_at": NOW}


def an_author(key: UUID, number: int) -> dict[str, object]:
    return {
        "id": key,
        "site_id": SITE,
        "email_fingerprint": digest_of(f"author {number}"),
        "email_sealed": b"sealed",
        "sealing_key": b"key",
        "standing": "normal",
        "created_at": NOW,
    }


def a_comment(number: int, article_ids: list[UUID], author_ids: list[UUID]) -> dict[str, Any]:
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
        "text_digest": digest_of(f"text {number}"),
        "content_digest": digest_of(f"content {number}"),
        "submitted_at": moment,
        "received_at": moment,
        "version": 1,
        "status": Status.PENDING if pending else Status.APPROVED,
        "reason": "not_scored" if not_scored else "doubtful" if pending else "clean",
        "score": None if not_scored else (number % 997) / 997,
        "model": None if not_scored else "m-1",
        "ip_network": "192.0.2.0/24" if number > ROWS - 100 else None,
        "ip_fingerprint": digest_of(f"ip {number % 40}") if number > ROWS - 100 else None,
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


def a_sketch(number: int) -> Sketch:
    return Sketch((number,) * 24, tuple(number * 8 + place for place in range(4)))


def digest_of(of: str) -> bytes:
    return hashlib.sha256(of.encode()).digest()
