"""SQLite: connections that are as careful as a server, and the folder of their file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from moderation.storage.connection import BEGIN
from moderation.storage.failures import ANSWER_SECONDS
from moderation.storage.word_starts import has_words

_CACHE_KILOBYTES = 65_536
_LOG_PAGES = 4_000
_TO_WRITE = "BEGIN IMMEDIATE"
# How many connections read at once, and how much each keeps of what pages ask for again and again: mostly indexes.
READERS = 5
_READERS_KILOBYTES = 8_192


def sqlite_engine(url: URL) -> AsyncEngine:
    """Returns the engine for transactions of the event loop."""
    make_folder(url)
    engine = create_async_engine(
        url, pool_size=5, pool_timeout=ANSWER_SECONDS, connect_args={"timeout": ANSWER_SECONDS}, hide_parameters=True
    )
    event.listen(engine.sync_engine, "connect", prepare_sqlite)
    event.listen(engine.sync_engine, "begin", begin_sqlite)
    return engine


def sqlite_thread_engine(url: URL) -> Engine:
    """Returns the engine for transactions in a thread: one connection, for SQLite has one writer at a time."""
    return _engine_of_threads(url, 1, _prepare_for_many, begin=_TO_WRITE)


def sqlite_reading_engine(url: URL) -> Engine:
    """Returns the engine for transactions that only read; whoever tries to write is refused."""
    return _engine_of_threads(url, READERS, _prepare_to_read, begin="BEGIN")


def _engine_of_threads(url: URL, count: int, prepare: Callable[[Any, object], None], *, begin: str) -> Engine:
    make_folder(url)
    engine = create_engine(
        url.set(drivername="sqlite"),
        pool_size=count,
        max_overflow=0,
        pool_timeout=ANSWER_SECONDS,
        connect_args={"timeout": ANSWER_SECONDS, "check_same_thread": False},
        poolclass=QueuePool,
        hide_parameters=True,
        execution_options={BEGIN: begin},
    )
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin_sqlite)
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
    dbapi_connection.create_function("has_words", 2, has_words, deterministic=True)


def _prepare_for_many(dbapi_connection: Any, record: object) -> None:
    """Lets a connection that takes in all comments keep more in memory, and copy the log into the file less often.

    Of each page that a statement of many rows changes it keeps a copy, to take them back if it fails half-way: some
    hundred pages a batch, for which SQLite else makes a file in a folder of the machine, outside of ours.
    """
    for pragma in (f"cache_size=-{_CACHE_KILOBYTES}", f"wal_autocheckpoint={_LOG_PAGES}", "temp_store=MEMORY"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _prepare_to_read(dbapi_connection: Any, record: object) -> None:
    for pragma in (f"cache_size=-{_READERS_KILOBYTES}", "query_only=ON"):
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
    if begin := connection.get_execution_options().get(BEGIN, _TO_WRITE):
        connection.exec_driver_sql(begin)
