"""An author is erased: every comment with all that hangs on it, and the author; and then the places where they lay."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from typing import Any
from uuid import UUID

from sqlalchemy import URL, delete, select

from moderation.errors import StorageUnavailable
from moderation.storage.connection import Connection
from moderation.storage.failures import RETRY_SECONDS, our_errors
from moderation.storage.sqlite import file_of
from moderation.storage.tables import articles, authors, comments

# What holds words of an author, or says what became of them.
_TABLES = ("comments", "decisions", "sketches", "notes", "reports", "appeals", "outbox", "authors")
# A service that writes lets go of the file within moments.
_PATIENCE_SECONDS = 30
_NOT_CLEAN = "Erased, but the places where it lay could not be cleaned, because the database is in use; run it again."


class Erasure:
    """Takes out what is to be forgotten, in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def author(self, site: UUID, fingerprint: bytes) -> UUID | None:
        """Returns an author, whom nobody else changes until the transaction ends."""
        query = select(authors.c.id).where(authors.c.site_id == site, authors.c.email_fingerprint == fingerprint)
        found: UUID | None = (await self._connection.execute(query.with_for_update())).scalar_one_or_none()
        return found

    async def some_comments(self, author: UUID, *, limit: int) -> list[tuple[UUID, str, str]]:
        """Returns comments of an author: our id, the site's, and that of the article."""
        query = (
            select(comments.c.id, comments.c.external_id, articles.c.external_id.label("article"))
            .join(articles, articles.c.id == comments.c.article_id)
            .where(comments.c.author_id == author)
            .order_by(comments.c.id)
            .limit(limit)
        )
        return [(row.id, row.external_id, row.article) for row in await self._connection.execute(query)]

    async def erase_comments(self, ids: Collection[UUID]) -> None:
        """Erases comments with their decisions, notes, reports, appeals, and what was still to be told about them."""
        await self._connection.execute(delete(comments).where(comments.c.id.in_(ids)))

    async def erase_author(self, author: UUID) -> None:
        """Erases an author who has no comment any more."""
        await self._connection.execute(delete(authors).where(authors.c.id == author))


def scrub(url: URL) -> None:
    """Cleans the pages on which something erased lay. SQLite: no byte of it is left in the file or its log. PostgreSQL:
    the room is given free, and what is left in it is written over by and by. Raises StorageUnavailable when somebody
    else holds the database for too long: then it is to be done again."""
    try:
        with our_errors():
            if url.get_backend_name() == "sqlite":
                _scrub_sqlite(url)
            else:
                _scrub_postgresql(url)
    except StorageUnavailable as error:
        raise StorageUnavailable(_NOT_CLEAN, retry_after=RETRY_SECONDS) from error


def _scrub_sqlite(url: URL) -> None:
    file = file_of(url)
    if file is None:
        return
    with closing(sqlite3.connect(file, timeout=_PATIENCE_SECONDS, isolation_level=None)) as connection:
        # The index of words keeps what was taken out until its parts are put together.
        connection.execute("INSERT INTO queue_words (queue_words) VALUES ('optimize')")
        connection.execute("VACUUM")
        # It raises nothing when somebody still reads what the log holds, and leaves the log as it is.
        [(busy, *_)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        raise StorageUnavailable(retry_after=RETRY_SECONDS)


def _scrub_postgresql(url: URL) -> None:
    import psycopg

    plain: Any = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"VACUUM {', '.join(_TABLES)}")
