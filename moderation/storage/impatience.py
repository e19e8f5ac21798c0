"""Connections to PostgreSQL that hang up when there is no answer in time: a frozen server ends no statement."""

from __future__ import annotations

from typing import Any

import psycopg

# The server ends a statement after three seconds; we hang up a little later.
HANG_UP_SECONDS = 3.5


class Awaited(psycopg.AsyncConnection[Any]):
    """For the event loop."""

    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        try:
            return await super().wait(gen, interval, timeout or HANG_UP_SECONDS)
        except psycopg.OperationalError:
            _hang_up(self)
            raise


class InThread(psycopg.Connection[Any]):
    """For a thread."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, timeout or HANG_UP_SECONDS)
        except psycopg.OperationalError:
            _hang_up(self)
            raise


def _hang_up(connection: psycopg.AsyncConnection[Any] | psycopg.Connection[Any]) -> None:
    if connection.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
        connection.pgconn.finish()  # the answer may still come, and must not be taken for the next one's
