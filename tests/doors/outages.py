"""Takes the database away and brings it back, or lets it be read only."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from moderation.wiring import House
from tests.postgres import PostgresServer

Outage = Callable[[], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def without_file(house: House) -> AsyncIterator[None]:
    """Puts a folder in the place of the SQLite file while the context lasts."""
    await house.database.close()  # open connections would go on with a file that has lost its name
    with _elsewhere(Path(str(house.database.url.database))):
        yield


@contextmanager
def _elsewhere(path: Path) -> Iterator[None]:
    aside = path.with_name("aside")
    aside.mkdir()
    for part in path.parent.glob(f"{path.name}*"):
        part.rename(aside / part.name)
    path.mkdir()
    yield
    path.rmdir()
    for part in aside.iterdir():
        part.rename(path.parent / part.name)


@asynccontextmanager
async def without_connections(server: PostgresServer, database: str) -> AsyncIterator[None]:
    """Ends all connections to a PostgreSQL database, and lets nobody connect while the context lasts."""
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with server.connect() as admin:
        admin.execute(allow.format(sql.Identifier(database), sql.SQL("false")))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        yield
        admin.execute(allow.format(sql.Identifier(database), sql.SQL("true")))


@asynccontextmanager
async def with_lock(house: House) -> AsyncIterator[None]:
    """Holds the write lock of the SQLite file while the context lasts."""
    with closing(sqlite3.connect(str(house.database.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@asynccontextmanager
async def without_writes(server: PostgresServer, database: str) -> AsyncIterator[None]:
    """Lets a PostgreSQL database be read only, as after a failover, while the context lasts."""
    with server.connect() as admin:
        _allow_writes(admin, database, allowed=False)
        yield
        _allow_writes(admin, database, allowed=True)


def _allow_writes(admin: psycopg.Connection, database: str, *, allowed: bool) -> None:
    command = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
    admin.execute(command.format(sql.Identifier(database), sql.Literal(not allowed)))
    # The setting is that of new connections.
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
