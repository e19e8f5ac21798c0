"""PostgreSQL: connections that give up in time, on the event loop and in threads."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from moderation.storage.failures import ANSWER_SECONDS
from moderation.storage.impatience import Awaited, InThread

_IDLE_SECONDS = 1.0


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
    engine = create_engine(url, pool_size=threads, max_overflow=0, connect_args=_limits())
    event.listen(engine, "do_connect", lambda _, __, arguments, options: InThread.connect(*arguments, **options))
    event.listen(engine, "checkout", _check_after_idling)
    event.listen(engine, "checkin", lambda _, record: record.info.update(left=time.monotonic()))
    return engine


def _limits() -> dict[str, Any]:
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
