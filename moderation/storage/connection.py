"""What a unit of work speaks to the database through: a connection of the event loop, one of a thread of its own, or
one that hops into a thread with each statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from typing import Any

from sqlalchemy import Connection as ThreadConnection
from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.storage.hops import InHops

Row = tuple[Any, ...]


class InOneGo:
    """A connection whose coroutines never wait, so that a plain thread can run a transaction from beginning to end.

    What is asked together and what is sent goes to PostgreSQL in one packet (its pipeline mode). So an error of what
    was sent may show as late as in `commit`; nothing is durable before that returns.
    """

    def __init__(self, connection: ThreadConnection) -> None:
        self.dialect = connection.dialect
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        self._pipeline = ExitStack()
        self._piping = False

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Executes any statement of SQLAlchemy's."""
        self._settle()
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> CursorResult[Any]:
        """Executes a text as the driver wants it."""
        self._settle()
        return self._connection.exec_driver_sql(statement, parameters)

    def ask(self, questions: Iterable[tuple[str, Any]]) -> list[Sequence[Row]]:
        """Returns the rows of each question, which is a text as the driver wants it, and its parameters."""
        self._begin()
        cursors = [self._driver.execute(text, parameters) for text, parameters in questions]
        return [cursor.fetchall() for cursor in cursors]

    def send(self, text: str, parameters: Any) -> None:
        """Executes a text that has no answer; a list of parameters is a list of rows."""
        self._begin()
        if isinstance(parameters, list):
            self._driver.executemany(text, parameters)
        else:
            self._driver.execute(text, parameters)

    async def commit(self) -> None:
        """Makes it durable, or raises what went wrong with anything that was sent."""
        self._connection.commit()
        self._settle()

    def abandon(self) -> None:
        """Ends it after an error. A connection that is broken is not used again."""
        with suppress(Exception):  # what follows from the error says nothing new
            self._settle()
        with suppress(Exception):
            self._driver.rollback()  # by the driver: for SQLAlchemy a transaction has ended when its commit has failed
        if getattr(self._driver, "closed", False):
            self._connection.invalidate()

    def _begin(self) -> None:
        if not self._connection.in_transaction():
            self._connection.begin()
        if not self._piping and self.dialect.name == "postgresql":
            self._pipeline.enter_context(self._driver.pipeline())
            self._piping = True

    def _settle(self) -> None:
        self._pipeline.close()
        self._piping = False


Connection = AsyncConnection | InOneGo | InHops
