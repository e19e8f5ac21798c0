"""PostgreSQL: connections that give up in time, on the event loop and in threads."""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from moderation.storage.failures import ANSWER_SECONDS
from moderation.storage.impatience import Awaited, InThread

_IDLE_SECONDS = 1.0
_LISTEN_AGAIN_SECONDS = 2.0
_USES_OF_A_PLAN = 512


def postgresql_engine(url: URL) -> AsyncEngine:
    """Returns the engine for transactions of the event loop."""
    return create_async_engine(
        url,
        pool_size=5,
        max_overflow=5,
        pool_timeout=ANSWER_SECONDS,
        pool_pre_ping=True,
        connect_args={**_limits(), "async_creator_fn": Awaited.connect},
        hide_parameters=True,
    )


def postgresql_thread_engine(url: URL, *, threads: int) -> Engine:
    """Returns the engine for transactions in threads; each thread has its own connection."""
    engine = _engine_of_threads(url, threads, _limits({**_POINT_QUESTIONS, **_LETS_GO}))
    event.listen(engine, "checkout", _plan_anew)
    return engine


def postgresql_reading_engine(url: URL, *, threads: int) -> Engine:
    """Returns the engine for pages, which threads read in one go. Each statement sees what is committed when it starts;
    so nothing is begun, and nothing has to be ended."""
    # What waits is wanted often, and lies in memory: to read it here and there is as quick as in a row. Else the index
    # of all comments, which lie in its order, is preferred to that of those which wait.
    limits = _limits({**_BY_INDEX, "random_page_cost": "1"})
    return _engine_of_threads(url, threads, limits, isolation_level="AUTOCOMMIT")


def _engine_of_threads(url: URL, threads: int, limits: Mapping[str, Any], **options: Any) -> Engine:
    engine = create_engine(
        url, pool_size=threads, max_overflow=0, connect_args=dict(limits), hide_parameters=True, **options
    )
    event.listen(engine, "do_connect", lambda _, __, arguments, options: InThread.connect(*arguments, **options))
    event.listen(engine, "checkout", _check_if_in_doubt)
    event.listen(engine, "checkin", lambda _, record: record.info.update(left=time.monotonic()))
    return engine


# In threads, a few rows are found by an index: what is for many rows, such as to read a whole table or to start helpers
# and a compiler, takes longer than they do. PostgreSQL cannot tell how soon a page is full, and would be tempted.
_BY_INDEX = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
# Here a transaction never waits for us. A process that is stopped in the middle of one loses it, with the rows that it
# has locked, for which others wait.
_LETS_GO = {"idle_in_transaction_session_timeout": "10s"}
# What is asked for each batch is the same again and again: planned once for many times, it is not misled by tables that
# have grown since they were analysed.
_POINT_QUESTIONS = {**_BY_INDEX, "plan_cache_mode": "force_generic_plan"}


def _limits(more: Mapping[str, str] | None = None) -> dict[str, Any]:
    seconds = f"{ANSWER_SECONDS}s"
    settings = {"statement_timeout": seconds, "lock_timeout": seconds, "timezone": "UTC", **(more or {})}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return {"connect_timeout": ANSWER_SECONDS, "options": options}


async def listen(url: URL, channel: str, ring: Callable[[], None]) -> None:
    """Calls `ring` at each notification of a channel; never returns. A connection that is lost is made anew."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        with suppress(psycopg.Error, OSError):
            connection = await psycopg.AsyncConnection.connect(
                address, autocommit=True, connect_timeout=ANSWER_SECONDS, application_name="moderation listener"
            )
            async with connection:
                await connection.execute(f"LISTEN {channel}")
                ring()  # whatever was said while nobody listened
                async for _ in connection.notifies():
                    ring()
        await asyncio.sleep(_LISTEN_AGAIN_SECONDS)


def _check_if_in_doubt(driver: Any, record: Any, _: object) -> None:
    """Sees whether a connection is still there, if it had nothing to do or the server said something unasked, as it
    does when it ends: a question for every batch costs too much."""
    if time.monotonic() - record.info.get("left", 0.0) >= _IDLE_SECONDS or _has_word(driver):
        _say(driver, "")


def _has_word(driver: Any) -> bool:
    if driver.closed:
        return True
    unread = select.poll()
    unread.register(driver.pgconn.socket, select.POLLIN)
    return bool(unread.poll(0))


def _plan_anew(driver: Any, record: Any, _: object) -> None:
    """Has the server forget its plans now and then, at first often.

    It keeps them until somebody has analysed a table, and what is best for an empty one is ruinous for a large one.
    """
    uses = record.info["uses"] = record.info.get("uses", 0) + 1
    if uses % _USES_OF_A_PLAN == 0 or uses.bit_count() == 1:
        _say(driver, "DISCARD PLANS")


def _say(driver: Any, text: str) -> None:
    try:
        driver.execute(text)
    except Exception as error:
        raise DisconnectionError from error
    finally:
        if not driver.closed:
            driver.rollback()
