"""Turns failures of the database into ours: a race that was lost, or a store that is away."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from moderation import metrics
from moderation.errors import ModerationError, Raced, StorageUnavailable

# A database that does not answer within three seconds is treated as away: the site is told 503 and tries again.
ANSWER_SECONDS = 3
RETRY_SECONDS = 2


@contextmanager
def our_errors() -> Iterator[None]:
    """Turns errors of drivers into ours, whether SQLAlchemy has wrapped them or not."""
    try:
        yield
    except DBAPIError as error:
        _raise_ours(error, error.orig, lost=error.connection_invalidated)
        raise
    except (PoolTimeout, OSError) as error:
        raise away() from error
    except ModerationError:
        raise
    except Exception as error:
        _raise_ours(error, error)
        raise


@asynccontextmanager
async def at_most(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError soon after that time."""
    # Twice: at the first cancellation psycopg asks the server to stop and waits ten seconds, at the second it hangs up.
    async with asyncio.timeout(seconds + 0.2), asyncio.timeout(seconds):
        yield


# SQLSTATE of PostgreSQL: unique violation, serialization failure, deadlock; and foreign key violation, for what a row
# belongs to may have been erased since it was read.
_LOST_RACES = {"23505", "40001", "40P01", "23503"}
# SQLSTATE of PostgreSQL: a server that only reads, as after a failover.
_READ_ONLY = "25006"
# Extended result codes of SQLite: SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_FOREIGNKEY.
_TAKEN_OR_GONE = {1555, 2067, 787}


def _raise_ours(error: Exception, driver: BaseException | None, *, lost: bool = False) -> None:
    """Raises our name for a driver's error: a race that was lost, or a database that is away. Else it is a defect."""
    state, code = getattr(driver, "sqlstate", None), getattr(driver, "sqlite_errorcode", None)
    if state in _LOST_RACES or code in _TAKEN_OR_GONE:
        raise Raced from error
    if code == sqlite3.SQLITE_NOTADB:
        raise StorageUnavailable("This file is not a SQLite database.", retry_after=RETRY_SECONDS) from error
    # The names of PEP 249, which both drivers use: SQLite does without the other one.
    unreachable = {"OperationalError", "InterfaceError"} & {kind.__name__ for kind in type(driver).__mro__}
    if unreachable or lost or state == _READ_ONLY:
        raise away() from error


def away() -> StorageUnavailable:
    """Counts it, and returns what to raise when the database is away."""
    metrics.STORAGE_ERRORS.inc()
    return StorageUnavailable(retry_after=RETRY_SECONDS)
