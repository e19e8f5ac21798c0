"""Where a service keeps its comments, as seen by the service (settings) and from outside (SQL)."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from tests.postgres import PostgresServer
from tests.process.commands import Serving, environment, obeyed
from tests.process.sending import Keys

SECRET_KEY = "k" * 43


class Place:
    """A database of its own, and the services that were started on it."""

    def __init__(self, folder: Path, environ: dict[str, str], query: Callable[[str], list[tuple[Any, ...]]]) -> None:
        self.folder = folder
        self.environ = environ
        self.query = query
        self._started: list[Serving] = []
        self._keys: Keys | None = None

    def serve(self, *arguments: str, cwd: Path | None = None, anew: bool = False, **settings: str) -> Serving:
        """Starts a service, see `Serving`. It is ended with the place, whatever happens."""
        given = {f"MODERATION_{name}": value for name, value in settings.items()}
        serving = Serving(self.folder / "output", {**self.environ, **given}, *arguments, cwd=cwd, anew=anew)
        self._started.append(serving)
        return serving

    @property
    def keys(self) -> Keys:
        """The keys of a site: those that the first start has shown, or, if there was none, of a new site."""
        if self._keys is None:
            shown = [keys for serving in self._started if (keys := welcome(serving.stdout)) is not None]
            self._keys = shown[0] if shown else self.add_site("daily-planet")
        return self._keys

    def add_site(self, slug: str) -> Keys:
        """Adds a site by the command."""
        added = obeyed("site", "add", slug, "--url", "https://planet.example", "--json", environ=self.environ)
        made = json.loads(added)
        return Keys(made["site"], made["api_key"], made["webhook_secret"])

    def stored(self) -> list[tuple[str, str]]:
        """Returns external id and id of every comment, in no order."""
        return [(name, str(_uuid(own))) for name, own in self.query("SELECT external_id, id FROM comments")]

    def close(self) -> None:
        """Ends what runs, and sees that nothing of it ever showed a traceback."""
        for serving in self._started:
            serving.kill()
        for serving in self._started:
            assert "Traceback" not in serving.stdout + serving.stderr, serving.stderr


def welcome(printed: str) -> Keys | None:
    """Returns what the first start has printed."""
    found = [re.search(rf"^  {name} +(\S+)$", printed, re.MULTILINE) for name in ("site", "site key", "webhook secret")]
    values = [match[1] for match in found if match]
    return Keys(*values) if len(values) == 3 else None


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Place]:
    """Gives a place on SQLite, which needs nothing but a folder."""
    data = folder / "var"

    def query(statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(data / "moderation.db")) as connection:
            return connection.execute(statement).fetchall()

    place = Place(folder, environment(data), query)
    try:
        yield place
    finally:
        place.close()


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Holds the write lock of a place on SQLite."""
    with closing(sqlite3.connect(place.folder / "var" / "moderation.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def on_postgresql(folder: Path, server: PostgresServer) -> Iterator[Place]:
    """Gives a place on PostgreSQL whose tables the command has made."""
    with server.database() as url:

        def query(statement: str) -> list[tuple[Any, ...]]:
            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                return connection.execute(statement.encode()).fetchall()

        place = Place(folder, environment(folder / "var", DATABASE_URL=url, SECRET_KEYS=SECRET_KEY), query)
        obeyed("migrate", environ=place.environ)
        try:
            yield place
        finally:
            place.close()


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
