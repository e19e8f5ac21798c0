"""What a unit of work speaks to the database through: a connection of the event loop, one of a thread of its own, or
one that hops into a thread with each statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from typing import Any

from sqlalchemy import Connection as ThreadConnection
from sqlalchemy import CursorResult, Engine, Executable, PoolProxiedConnection
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.storage.hops import InHops

Row = tuple[Any, ...]

# The option of an engine, and of a connection, that tells what begins a transaction, where the driver does not.
BEGIN = "moderation_begin"


class InOneGo:
    """A connection whose coroutines never wait, so that a plain thread can run a transaction from beginning to end.

    What is asked together and what is sent goes to PostgreSQL in one packet (its pipeline mode). So an error of what
    was sent may show as late as in `commit`; nothing is durable before that returns.
    """

    def __init__(self, engine: Engine, pooled: PoolProxiedConnection) -> None:
        self.dialect = engine.dialect
        self._engine = engine
        self._pooled = pooled
        self._driver: Any = pooled.driver_connection
        self._begun = False
        self._pipeline = ExitStack()
        self._piping = False

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Executes any statement of SQLAlchemy's."""
        return self._alchemists().execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> CursorResult[Any]:
        """Executes a text as the driver wants it."""
        return self._alchemists().exec_driver_sql(statement, parameters)

    def ask(self, questions: Iterable[tuple[str, Any]]) -> list[Sequence[Row]]:
        """Returns the rows of each question, which is a text as the driver wants it, and its parameters."""
        self._pipe()
        cursors = [self._driver.execute(text, parameters) for text, parameters in questions]
        return [cursor.fetchall() for cursor in cursors]

    def send(self, text: str, parameters: Any) -> None:
        """Executes a text that has no answer; a list of parameters is a list of rows."""
        self._pipe()
        if isinstance(parameters, list):
            self._driver.executemany(text, parameters)
        else:
            self._driver.execute(text, parameters)

    async def commit(self) -> None:
        """Makes it durable, or raises what went wrong with anything that was sent."""
        self._driver.commit()
        self._settle()
        self._begun = False

    def abandon(self) -> None:
        """Ends it after an error. A connection that is broken is not used again."""
        with suppress(Exception):  # what follows from the error says nothing new
            self._settle()
        with suppress(Exception):
            self._driver.rollback()
        if getattr(self._driver, "closed", False) and self._pooled.is_valid:
            self._pooled.invalidate()

    def _alchemists(self) -> ThreadConnection:
        """Returns the connection as SQLAlchemy's."""
        self._begin()
        self._settle()
        return self._connection

    @cached_property
    def _connection(self) -> ThreadConnection:
        # Late: what is asked for batches does without, and to make it takes as long as some questions do.
        return ThreadConnection(self._engine, self._pooled).execution_options(**{BEGIN: ""})

    def _begin(self) -> None:
        if not self._begun:
            # psycopg begins by itself.
            if begin := self._engine.get_execution_options().get(BEGIN):
                self._driver.execute(begin)
            self._begun = True

    def _pipe(self) -> None:
        self._begin()
        if not self._piping and self.dialect.name == "postgresql":
            self._pipeline.enter_context(self._driver.pipeline())
            self._piping = True

    def _settle(self) -> None:
        self._pipeline.close()
        self._piping = False


Connection = AsyncConnection | InOneGo | InHops
