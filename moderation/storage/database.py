"""Opens the database, on SQLite and on PostgreSQL, and hands out its transactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from functools import partial
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from sqlalchemy import URL, Engine, delete, insert, make_url, select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from moderation.clock import utc_now
from moderation.errors import StorageUnavailable
from moderation.storage.bell import Bell
from moderation.storage.connection import InOneGo
from moderation.storage.failures import ANSWER_SECONDS, RETRY_SECONDS, at_most, away, our_errors
from moderation.storage.hops import InHops, Readers
from moderation.storage.outbox import CHANNEL
from moderation.storage.sqlite import READERS, sqlite_engine, sqlite_reading_engine, sqlite_thread_engine
from moderation.storage.tables import audit_entries, sites
from moderation.storage.threads import Threads
from moderation.storage.work import Work
from moderation.storage.write_proof import WriteProof

Result = TypeVar("Result")

# A transaction in a thread, with the wait for a thread: so long may a site wait, and still hear within five seconds.
PATIENCE_SECONDS = 4.0
# For our turn to write to SQLite. After it another process's lock is waited for; a site hears within five seconds.
_TURN_SECONDS = 1.5
# On PostgreSQL: one for the batches of comments, the others for what comes in one by one.
THREADS = 4

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]


class AtOnce(Protocol):
    """`Database.at_once` or `read_at_once`, as workflows are given them."""

    async def __call__(self, job: Callable[[OpenWork], Coroutine[Any, Any, Result]]) -> Result: ...


class Database:
    """One database and its connections. Close it when done."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._embedded = self.url.get_backend_name() == "sqlite"
        self._writing, self._in_thread = _engines(self.url)
        self._reading_in_thread = _reading_engine(self.url)
        self._reading = self._for_reading()
        # On SQLite, whoever reads in one go has one of the same connections.
        free = self._reading.free if isinstance(self._reading, Readers) else None
        self._reading_threads = Threads(READERS, free)
        # SQLite has one writer at a time, and lets in whoever happens to try at the right moment: ours take turns.
        self._turn = asyncio.Lock() if self._embedded else None
        self._threads = Threads(1 if self._embedded else THREADS, self._turn)
        self._writes = WriteProof(self._write_something)
        # Rung after each commit that leaves something to be told to a site.
        self.bell = Bell()

    def _for_reading(self) -> AsyncEngine | Readers:
        if self._embedded:
            return Readers(self._reading_in_thread, READERS)
        # The pool of those who write. Each statement sees what is committed when it starts, in a transaction as without
        # one: so nothing is begun, and nothing has to be ended.
        return self._writing.execution_options(isolation_level="AUTOCOMMIT")

    async def at_once(self, job: Callable[[OpenWork], Coroutine[Any, Any, Result]]) -> Result:
        """Runs transactions in a thread, in one go; `job` may await nothing but what it opens with its argument.

        Raises StorageUnavailable when there is no answer in time: it may still be stored then.
        """
        opened = partial(_work_in_thread, self._in_thread, announce=self.bell.ring)
        try:
            return await self._threads.run(lambda: job(opened), seconds=PATIENCE_SECONDS)
        except TimeoutError as error:
            self._writes.doubt()
            raise away() from error
        except StorageUnavailable:
            self._writes.doubt()
            raise

    async def read_at_once(self, job: Callable[[OpenWork], Coroutine[Any, Any, Result]]) -> Result:
        """Runs transactions that only read in a thread, in one go; `job` may await nothing but what it opens with its
        argument. Raises StorageUnavailable."""
        opened = partial(_work_in_thread, self._reading_in_thread)
        try:
            return await self._reading_threads.run(lambda: job(opened), seconds=PATIENCE_SECONDS)
        except TimeoutError as error:
            raise away() from error

    @asynccontextmanager
    async def open_work(self) -> AsyncIterator[Work]:
        """Opens a transaction. What is not committed is rolled back. Raises StorageUnavailable."""
        try:
            async with self._in_turn(), _work_on(self._writing, announce=self.bell.ring) as work:
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
            async with asyncio.timeout(_TURN_SECONDS):
                await self._turn.acquire()
        except TimeoutError as error:
            raise away() from error
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def open_reading(self) -> AsyncIterator[Work]:
        """Opens a transaction that only reads. Raises StorageUnavailable."""
        async with _work_on(self._reading) as work:
            yield work

    async def listen(self) -> None:
        """Rings the bell when another instance on PostgreSQL would ring its own; never returns. On SQLite nobody else
        serves, and other commands are noticed at the next look."""
        if self._embedded:
            await asyncio.Event().wait()
        from moderation.storage import postgresql

        await postgresql.listen(self.url, CHANNEL, self.bell.ring)

    async def ping(self) -> None:
        """Returns if the database answers and has our tables. Raises StorageUnavailable."""
        async with self.open_reading() as work:
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
        await self._reading_threads.close()
        await self._reading.dispose()
        self._reading_in_thread.dispose()
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
async def _work_on(
    engine: AsyncEngine | Readers, *, announce: Callable[[], None] = lambda: None
) -> AsyncIterator[Work]:
    with our_errors():
        async with AsyncExitStack() as stack:
            async with at_most(ANSWER_SECONDS):  # for a free connection that answers, or a new one
                connection: AsyncConnection | InHops = await stack.enter_async_context(engine.connect())
            yield Work(connection, announce=announce)


@asynccontextmanager
async def _work_in_thread(engine: Engine, *, announce: Callable[[], None] = lambda: None) -> AsyncIterator[Work]:
    with our_errors(), closing(engine.raw_connection()) as pooled:
        connection = InOneGo(engine, pooled)
        try:
            yield Work(connection, announce=announce)
        except BaseException:
            connection.abandon()
            raise


def _engines(url: URL) -> tuple[AsyncEngine, Engine]:
    """Returns the engines of the event loop and of the threads."""
    if url.get_backend_name() == "sqlite":
        return sqlite_engine(url), sqlite_thread_engine(url)
    from moderation.storage import postgresql  # late: SQLite does without psycopg

    return postgresql.postgresql_engine(url), postgresql.postgresql_thread_engine(url, threads=THREADS)


def _reading_engine(url: URL) -> Engine:
    """Returns the engine of the threads that only read."""
    if url.get_backend_name() == "sqlite":
        return sqlite_reading_engine(url)
    from moderation.storage import postgresql

    return postgresql.postgresql_reading_engine(url, threads=READERS)
