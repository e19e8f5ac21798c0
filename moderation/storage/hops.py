"""Reading SQLite from the event loop: each statement is one hop into a thread, and comes back with all its rows.

A driver that hands each of its steps to a thread makes five of a statement (cursor, execution, rows, closing, and what
begins the transaction), and for the small questions of a page the hops cost more than the answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

from moderation.errors import StorageUnavailable
from moderation.storage.failures import away

Result = TypeVar("Result")

# An interruption that comes just before a statement begins is not heard.
_ASK_AGAIN_SECONDS = 0.02


class InHops:
    """A connection that is taken with the first statement. One statement at a time."""

    def __init__(self, engine: Engine, executor: ThreadPoolExecutor) -> None:
        self.dialect = engine.dialect
        self._engine = engine
        self._executor = executor
        self._connection: Connection | None = None
        self._last: Future[Any] | None = None

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Executes any statement of SQLAlchemy's."""
        return await self._hop(lambda: self._taken().execute(statement, parameters))

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> CursorResult[Any]:
        """Executes a text as the driver wants it."""
        return await self._hop(lambda: self._taken().exec_driver_sql(statement, parameters))

    async def commit(self) -> None:
        """Has nothing to do: nothing was written."""

    async def leave(self) -> None:
        """Gives the connection back, also when whoever leaves is told to stop meanwhile."""
        await asyncio.shield(asyncio.ensure_future(self._leave()))

    async def _leave(self) -> None:
        if self._last is not None and not self._last.done():
            await self._end(self._last)
        try:
            await self._hop(self._give_back)
        except StorageUnavailable:
            self._give_back()  # the threads have ended

    async def _end(self, hop: Future[Any]) -> None:
        """Ends a statement: who was cancelled has not waited for its end, and wants it no more."""
        ending = asyncio.gather(asyncio.wrap_future(hop), return_exceptions=True)
        while not ending.done():
            if self._connection is not None and (driver := self._connection.connection.driver_connection) is not None:
                driver.interrupt()
            await asyncio.wait([ending], timeout=_ASK_AGAIN_SECONDS)

    def _taken(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _give_back(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def _hop(self, do: Callable[[], Result]) -> Result:
        try:
            hop = self._last = self._executor.submit(do)
        except RuntimeError as error:  # the store is being closed
            raise away() from error
        return await asyncio.wrap_future(hop)


class Readers:
    """Lets `count` transactions read at once; whoever comes later waits."""

    def __init__(self, engine: Engine, count: int) -> None:
        self.engine = engine
        self._count = count
        self.free = asyncio.Semaphore(count)
        self._executor: ThreadPoolExecutor | None = None
        event.listen(engine, "after_cursor_execute", _fetch_all)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[InHops]:
        """Opens one, as soon as there is room for it."""
        await self.free.acquire()
        try:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._count, thread_name_prefix="reading")
            connection = InHops(self.engine, self._executor)
            try:
                yield connection
            finally:
                await connection.leave()
        finally:
            self.free.release()

    async def dispose(self) -> None:
        """Closes every connection. It may be used again afterwards."""
        if self._executor is not None:
            executor, self._executor = self._executor, None
            await asyncio.to_thread(executor.shutdown)
        self.engine.dispose()


def _fetch_all(_: Connection, cursor: Any, __: str, ___: Any, context: Any, ____: bool) -> None:
    """Has the rows read where the statement runs, and not when somebody asks for them on the event loop."""
    if cursor.description is not None:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(cursor, initial_buffer=cursor.fetchall())
