"""How the tables come to be: Alembic's revisions, run from the checkout or from the wheel, one process at a time."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from moderation.bundled import bundled_folder
from moderation.errors import StorageUnavailable, WrongUse
from moderation.storage.failures import ANSWER_SECONDS, RETRY_SECONDS
from moderation.storage.sqlite import begin_sqlite, make_folder, prepare_sqlite

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x6D6F6465  # "mode": two processes that migrate at once would both create the tables


class Schema(Enum):
    """How the tables of a database stand to this version of the service."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    UNKNOWN = "unknown"  # made by a newer version


def upgrade(url: str, revision: str = "head") -> None:
    """Brings the tables up to date. Safe to run in several processes at once. Raises StorageUnavailable."""
    # Here, and not above: with the tables up to date, as they nearly always are, a start need not wait for Alembic.
    from alembic import command

    with connect(url) as connection, _alone(connection):
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Takes revisions back. What they stored is lost."""
    from alembic import command

    with connect(url) as connection, _alone(connection):
        command.downgrade(_config(connection), revision)


def schema_of(url: str) -> Schema:
    """Tells whether the tables are those of this version. Raises StorageUnavailable."""
    with connect(url) as connection:
        present = _present_revision(connection)
    if present is None:
        return Schema.EMPTY
    revisions = known_revisions()
    if present not in revisions:
        return Schema.UNKNOWN
    return Schema.BEHIND if present in revisions.values() else Schema.CURRENT


def known_revisions() -> dict[str, str | None]:
    """Returns the revisions of this version, each with the one before it; read from their files, without Alembic."""
    revisions: dict[str, str | None] = {}
    for file in (bundled_folder("alembic") / "versions").glob("*.py"):
        named = dict(_REVISION.findall(file.read_text(encoding="utf-8")))
        revisions[named["revision"]] = named.get("down_revision")
    return revisions


_REVISION = re.compile(r'^(revision|down_revision) = "([^"]+)"', re.MULTILINE)


def _present_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """Opens one synchronous connection for migrations. Raises StorageUnavailable and WrongUse."""
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        make_folder(target)
        target = target.set(drivername="sqlite")
    limits = {} if target.get_backend_name() == "sqlite" else {"connect_timeout": ANSWER_SECONDS}
    engine = create_engine(target, poolclass=NullPool, connect_args=limits, hide_parameters=True)
    if target.get_backend_name() == "sqlite":
        event.listen(engine, "connect", prepare_sqlite)
        event.listen(engine, "begin", begin_sqlite)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise WrongUse(f"{target.database} is not a SQLite database.") from error
        raise StorageUnavailable("The database does not answer.", retry_after=RETRY_SECONDS) from error
    finally:
        engine.dispose()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Holds an advisory lock on PostgreSQL; on SQLite the write lock that every transaction takes is enough."""
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        connection.commit()


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(bundled_folder("alembic")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
