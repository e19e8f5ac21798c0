"""Opens the database, on SQLite and on PostgreSQL, and turns its failures into ours."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, delete, event, insert, make_url, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from moderation import metrics
from moderation.clock import utc_now
from moderation.errors import ModerationError, Raced, StorageUnavailable
from moderation.storage.tables import audit_entries, sites
from moderation.storage.work import Work
from moderation.storage.write_proof import WriteProof

# A database that does not answer within three seconds is treated as away: the site is told 503 and tries again.
ANSWER_SECONDS = 3
RETRY_SECONDS = 2

# The server ends a statement after ANSWER_SECONDS. One that is frozen cannot, so we hang up a little later.
_HANG_UP_SECONDS = ANSWER_SECONDS + 0.5


class Database:
    """One database and its connections. Close it when done."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._writing = _engine(self.url)
        # The same pool; SQLite takes no write lock for work that only reads.
        self._reading = self._writing.execution_options(moderation_reads_only=True)
        self._writes = WriteProof(self._write_something)

    @asynccontextmanager
    async def open_work(self) -> AsyncIterator[Work]:
        """Opens a transaction. What is not committed is rolled back. Raises StorageUnavailable."""
        try:
            async with _work_on(self._writing) as work:
                yield work
        except StorageUnavailable:
            self._writes.doubt()
            raise

    @asynccontextmanager
    async def open_reading(self) -> AsyncIterator[Work]:
        """Opens a transaction that only reads. Raises StorageUnavailable."""
        async with _work_on(self._reading) as work:
            yield work

    async def ping(self) -> None:
        """Returns if the database answers and has our tables. Raises StorageUnavailable."""
        async with _work_on(self._reading) as work:
            # A table, because SQLite makes a file that is not there, and answers.
            try:
                await work.connection.execute(select(sites.c.id).limit(1))
            except ProgrammingError as error:
                raise StorageUnavailable("The database has lost its tables.", retry_after=RETRY_SECONDS) from error

    async def can_write(self) -> bool:
        """Returns whether the last write was kept; after one that was not, whether a small one is kept now."""
        return await self._writes.works()

    async def close(self) -> None:
        """Closes every connection."""
        await self._writes.close()
        await self._writing.dispose()

    async def _write_something(self) -> None:
        """Writes a row that nobody ever sees. Raises StorageUnavailable."""
        nobody = {"actor": "", "action": "", "subject": "", "details": {}}
        row = {"id": uuid4(), "occurred_at": utc_now(), **nobody}
        async with _work_on(self._writing) as work:
            # Both at once and committed: it takes the lock, and goes to the disk, as a comment does. SQLite writes no
            # page that ends as it was, so to update a row with what it holds would prove nothing.
            await work.connection.execute(insert(audit_entries), row)
            await work.connection.execute(delete(audit_entries).where(audit_entries.c.id == row["id"]))
            await work.commit()


@asynccontextmanager
async def _work_on(engine: AsyncEngine) -> AsyncIterator[Work]:
    try:
        async with AsyncExitStack() as stack:
            async with _at_most(ANSWER_SECONDS):  # for a free connection that answers, or a new one
                connection = await stack.enter_async_context(engine.connect())
            yield Work(connection)
    except DBAPIError as error:
        ours = _ours(error)
        if ours is None:
            raise
        raise ours from error
    except (PoolTimeout, OSError) as error:
        raise _away() from error


@asynccontextmanager
async def _at_most(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError soon after that time."""
    # Twice: at the first cancellation psycopg asks the server to stop and waits ten seconds, at the second it hangs up.
    async with asyncio.timeout(seconds + 0.2), asyncio.timeout(seconds):
        yield


# SQLSTATE of PostgreSQL: unique violation, serialization failure, deadlock.
_LOST_RACES = {"23505", "40001", "40P01"}
# SQLSTATE of PostgreSQL: a server that only reads, as after a failover.
_READ_ONLY = "25006"
# Extended result codes of SQLite: SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE.
_TAKEN = {1555, 2067}


def _ours(error: DBAPIError) -> ModerationError | None:
    """Names a driver's error: a race that was lost, a database that is away, or None: a defect of ours."""
    if getattr(error.orig, "sqlstate", None) in _LOST_RACES or getattr(error.orig, "sqlite_errorcode", None) in _TAKEN:
        return Raced()
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
        return StorageUnavailable("This file is not a SQLite database.", retry_after=RETRY_SECONDS)
    read_only = getattr(error.orig, "sqlstate", None) == _READ_ONLY
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated or read_only:
        return _away()
    return None


def _away() -> StorageUnavailable:
    metrics.STORAGE_ERRORS.inc()
    return StorageUnavailable(retry_after=RETRY_SECONDS)


def _engine(url: URL) -> AsyncEngine:
    return _sqlite_engine(url) if url.get_backend_name() == "sqlite" else _postgresql_engine(url)


def _postgresql_engine(url: URL) -> AsyncEngine:
    limits = f"-c statement_timeout={ANSWER_SECONDS}s -c lock_timeout={ANSWER_SECONDS}s -c timezone=UTC"
    return create_async_engine(
        url,
        pool_size=5,
        max_overflow=5,
        pool_timeout=ANSWER_SECONDS,
        pool_pre_ping=True,
        connect_args={"connect_timeout": ANSWER_SECONDS, "options": limits, "async_creator_fn": _impatient_connect()},
        hide_parameters=True,
    )


def _impatient_connect() -> Callable[..., object]:
    """Returns how to connect to PostgreSQL so that no answer is awaited for longer than `_HANG_UP_SECONDS`."""
    import psycopg  # late: SQLite does without it

    class Impatient(psycopg.AsyncConnection[Any]):
        async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ASYNC109
            try:
                return await super().wait(gen, interval, timeout or _HANG_UP_SECONDS)
            except psycopg.OperationalError:
                if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                    self.pgconn.finish()  # the answer may still come, and must not be taken for the next one's
                raise

    return Impatient.connect


def _sqlite_engine(url: URL) -> AsyncEngine:
    make_folder(url)
    engine = create_async_engine(
        url, pool_size=5, pool_timeout=ANSWER_SECONDS, connect_args={"timeout": ANSWER_SECONDS}, hide_parameters=True
    )
    event.listen(engine.sync_engine, "connect", prepare_sqlite)
    event.listen(engine.sync_engine, "begin", begin_sqlite)
    return engine


def make_folder(url: URL) -> None:
    """Makes the folder of an SQLite file, which SQLite itself does not."""
    if file := file_of(url):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def file_of(url: URL | str) -> Path | None:
    """Returns the file of an SQLite database; None for one in memory or on a server."""
    target = make_url(url)
    if target.get_backend_name() != "sqlite" or target.database in (None, "", ":memory:"):
        return None
    return Path(str(target.database))


def prepare_sqlite(dbapi_connection: Any, record: object) -> None:
    """Sets up one SQLite connection: our own transactions, WAL, every commit on the disk, foreign keys on."""
    # Python's sqlite3 begins a transaction at the first write only, so that a read before it can be stale:
    # 173 of 450 concurrent increments were lost that way. We begin transactions ourselves.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (f"busy_timeout={ANSWER_SECONDS * 1000}", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _keep_write_ahead_log(cursor)
    cursor.close()


def _keep_write_ahead_log(cursor: Any) -> None:
    """Switches a new file to WAL, which says nothing to one that has it.

    Of two processes that do this at once, SQLite refuses one without letting it wait.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def begin_sqlite(connection: Any) -> None:
    """Begins a transaction that holds the write lock from its start, or one that will only read."""
    reads_only = connection.get_execution_options().get("moderation_reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
