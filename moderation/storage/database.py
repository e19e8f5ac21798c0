"""Opens the database, on SQLite and on PostgreSQL, and turns its failures into ours."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from sqlalchemy import URL, Engine, QueuePool, create_engine, delete, event, insert, make_url, select
from sqlalchemy.exc import DBAPIError, DisconnectionError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from moderation import metrics
from moderation.clock import utc_now
from moderation.errors import ModerationError, Raced, StorageUnavailable
from moderation.storage.connection import InOneGo
from moderation.storage.tables import audit_entries, sites
from moderation.storage.threads import Threads
from moderation.storage.work import Work
from moderation.storage.write_proof import WriteProof

Result = TypeVar("Result")

# A database that does not answer within three seconds is treated as away: the site is told 503 and tries again.
ANSWER_SECONDS = 3
RETRY_SECONDS = 2

# A transaction in a thread, with the wait for a thread: so long may a site wait, and still hear within five seconds.
PATIENCE_SECONDS = 4.0
# On PostgreSQL: one for the batches of comments, the others for what comes in one by one.
THREADS = 4
_IDLE_SECONDS = 1.0
_CACHE_KILOBYTES = 65_536
_LOG_PAGES = 4_000


OpenWork = Callable[[], AbstractAsyncContextManager[Work]]


class AtOnce(Protocol):
    """`Database.at_once`, as workflows are given it."""

    async def __call__(self, job: Callable[[OpenWork], Coroutine[Any, Any, Result]]) -> Result: ...


class Database:
    """One database and its connections. Close it when done."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._embedded = self.url.get_backend_name() == "sqlite"
        self._writing = _engine(self.url)
        # The same pool; SQLite takes no write lock for work that only reads.
        self._reading = self._writing.execution_options(moderation_reads_only=True)
        self._in_thread = _thread_engine(self.url)
        # SQLite has one writer at a time, and lets in whoever happens to try at the right moment: ours take turns.
        self._turn = asyncio.Lock() if self._embedded else None
        self._threads = Threads(1 if self._embedded else THREADS, self._turn)
        self._writes = WriteProof(self._write_something)

    async def at_once(self, job: Callable[[OpenWork], Coroutine[Any, Any, Result]]) -> Result:
        """Runs transactions in a thread, in one go; `job` may await nothing but what it opens with its argument.

        Raises StorageUnavailable when there is no answer in time: it may still be stored then.
        """
        try:
            return await self._threads.run(lambda: job(self._open_in_thread), seconds=PATIENCE_SECONDS)
        except TimeoutError as error:
            self._writes.doubt()
            raise _away() from error
        except StorageUnavailable:
            self._writes.doubt()
            raise

    @asynccontextmanager
    async def _open_in_thread(self) -> AsyncIterator[Work]:
        with _our_errors(), self._in_thread.connect() as thread_connection:
            connection = InOneGo(thread_connection)
            try:
                yield Work(connection)
            except BaseException:
                connection.abandon()
                raise

    @asynccontextmanager
    async def open_work(self) -> AsyncIterator[Work]:
        """Opens a transaction. What is not committed is rolled back. Raises StorageUnavailable."""
        try:
            async with self._in_turn(), _work_on(self._writing) as work:
                yield work
        except StorageUnavailable:
            self._writes.doubt()
            raise

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        if self._turn is None:
            yield
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._turn.acquire()
        except TimeoutError as error:
            raise _away() from error
        try:
            yield
        finally:
            self._turn.release()

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
        await self._threads.close()
        self._in_thread.dispose()
        await self._writing.dispose()

    async def _write_something(self) -> None:
        """Writes a row that nobody ever sees. Raises StorageUnavailable."""
        nobody = {"actor": "", "action": "", "subject": "", "details": {}}
        row = {"id": uuid4(), "occurred_at": utc_now(), **nobody}
        async with self._in_turn(), _work_on(self._writing) as work:
            # Both at once and committed: it takes the lock, and goes to the disk, as a comment does. SQLite writes no
            # page that ends as it was, so to update a row with what it holds would prove nothing.
            await work.connection.execute(insert(audit_entries), row)
            await work.connection.execute(delete(audit_entries).where(audit_entries.c.id == row["id"]))
            await work.commit()


@asynccontextmanager
async def _work_on(engine: AsyncEngine) -> AsyncIterator[Work]:
    with _our_errors():
        async with AsyncExitStack() as stack:
            async with _at_most(ANSWER_SECONDS):  # for a free connection that answers, or a new one
                connection = await stack.enter_async_context(engine.connect())
            yield Work(connection)


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turns errors of drivers into ours, whether SQLAlchemy has wrapped them or not."""
    try:
        yield
    except DBAPIError as error:
        _raise_ours(error, error.orig, lost=error.connection_invalidated)
        raise
    except (PoolTimeout, OSError) as error:
        raise _away() from error
    except ModerationError:
        raise
    except Exception as error:
        _raise_ours(error, error)
        raise


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


def _raise_ours(error: Exception, driver: BaseException | None, *, lost: bool = False) -> None:
    """Raises our name for a driver's error: a race that was lost, or a database that is away. Else it is a defect."""
    state, code = getattr(driver, "sqlstate", None), getattr(driver, "sqlite_errorcode", None)
    if state in _LOST_RACES or code in _TAKEN:
        raise Raced from error
    if code == sqlite3.SQLITE_NOTADB:
        raise StorageUnavailable("This file is not a SQLite database.", retry_after=RETRY_SECONDS) from error
    # The names of PEP 249, which both drivers use: SQLite does without the other one.
    away = {"OperationalError", "InterfaceError"} & {kind.__name__ for kind in type(driver).__mro__}
    if away or lost or state == _READ_ONLY:
        raise _away() from error


def _away() -> StorageUnavailable:
    metrics.STORAGE_ERRORS.inc()
    return StorageUnavailable(retry_after=RETRY_SECONDS)


def _engine(url: URL) -> AsyncEngine:
    return _sqlite_engine(url) if url.get_backend_name() == "sqlite" else _postgresql_engine(url)


def _postgresql_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=5,
        max_overflow=5,
        pool_timeout=ANSWER_SECONDS,
        pool_pre_ping=True,
        connect_args={**_postgresql_limits(), "async_creator_fn": _impatience().Awaited.connect},
        hide_parameters=True,
    )


def _impatience() -> Any:
    from moderation.storage import impatience  # late: SQLite does without psycopg

    return impatience


def _thread_engine(url: URL) -> Engine:
    """Returns the engine for transactions in threads; each thread has its own connection."""
    if url.get_backend_name() == "sqlite":
        connect_args = {"timeout": ANSWER_SECONDS, "check_same_thread": False}
        engine = create_engine(
            url.set(drivername="sqlite"), pool_size=1, connect_args=connect_args, poolclass=QueuePool
        )
        event.listen(engine, "connect", prepare_sqlite)
        event.listen(engine, "connect", _prepare_for_many)
        event.listen(engine, "begin", begin_sqlite)
        return engine
    connect = _impatience().InThread.connect
    engine = create_engine(url, pool_size=THREADS, max_overflow=0, connect_args=_postgresql_limits())
    event.listen(engine, "do_connect", lambda _, __, arguments, options: connect(*arguments, **options))
    event.listen(engine, "checkout", _check_after_idling)
    event.listen(engine, "checkin", lambda _, record: record.info.update(left=time.monotonic()))
    return engine


def _postgresql_limits() -> dict[str, Any]:
    limits = f"-c statement_timeout={ANSWER_SECONDS}s -c lock_timeout={ANSWER_SECONDS}s -c timezone=UTC"
    return {"connect_timeout": ANSWER_SECONDS, "options": limits}


def _check_after_idling(driver: Any, record: Any, _: object) -> None:
    """Sees whether a connection is still there, if it had nothing to do: a question for every batch costs too much."""
    if time.monotonic() - record.info.get("left", 0.0) < _IDLE_SECONDS:
        return
    try:
        driver.execute("")
    except Exception as error:
        raise DisconnectionError from error
    finally:
        if not driver.closed:
            driver.rollback()


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


def _prepare_for_many(dbapi_connection: Any, record: object) -> None:
    """Lets a connection that takes in all comments keep more in memory, and copy the log into the file less often."""
    for pragma in (f"cache_size=-{_CACHE_KILOBYTES}", f"wal_autocheckpoint={_LOG_PAGES}"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


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
