"""Where a drill is held: a database of its own, durable as in production, and a service on it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.postgres import LocalServer
from tests.postgres_programs import NoPostgres, Programs, find_ground
from tests.process.commands import Serving, obeyed
from tests.process.places import SECRET_KEY, Place, on_postgresql, on_sqlite
from tests.process.sending import Delivery, real_texts, signed


@dataclass
class Ground:
    """One place, and how much is asked for. `server` is the PostgreSQL that the drill may stop, or None on SQLite."""

    place: Place
    quick: bool
    server: LocalServer | None = None
    sent: int = 0

    @property
    def folder(self) -> Path:
        """A folder for what the drill needs."""
        return self.place.folder

    @property
    def database_file(self) -> Path:
        """The SQLite file."""
        return self.place.folder / "var" / "moderation.db"

    @cached_property
    def serving(self) -> Serving:
        """The service, started and ready."""
        serving = self.place.serve(anew=True)
        serving.until_ready()
        return serving

    def size(self, full: float, quick: float) -> float:
        """Returns how many or how long: the first as it is promised, the second to see that the drill works."""
        return quick if self.quick else full

    def deliveries(self, count: int) -> list[Delivery]:
        """Returns so many new signed comments, of authors of their own."""
        numbers = range(self.sent, self.sent + count)
        self.sent += count
        texts = real_texts()
        return [signed(self.place.keys, f"d-{n}", f"{texts[n % len(texts)]} ({n})") for n in numbers]

    def without_flood_limit(self) -> None:
        """Lets one author write as fast as they like."""
        obeyed("site", "set", self.place.keys.site, "flood_count=0", environ=self.place.environ)


@contextmanager
def ground_on(database: str, *, quick: bool, base: Path | None = None) -> Iterator[Ground]:
    """Gives a ground on `sqlite` or `postgresql`, below `base` if that is given. Raises NoPostgres."""
    with tempfile.TemporaryDirectory(prefix="moderation-drill-", dir=base) as name:
        folder = Path(name)
        if database == "sqlite":
            with on_sqlite(folder) as place:
                yield Ground(place, quick)
            return
        with _server(base) as server, on_postgresql(folder, server) as place:
            place.environ["MODERATION_SECRET_KEYS"] = SECRET_KEY
            yield Ground(place, quick, server)


@contextmanager
def _server(base: Path | None) -> Iterator[LocalServer]:
    found = find_ground(os.environ)
    if not isinstance(found, Programs):
        raise NoPostgres("the drills stop the server, so they need the programs of one and not a server in use")
    before, tempfile.tempdir = tempfile.tempdir, str(base) if base else tempfile.tempdir
    try:
        server = LocalServer(found, durable=True)
    finally:
        tempfile.tempdir = before
    try:
        yield server
    finally:
        server.stop()
