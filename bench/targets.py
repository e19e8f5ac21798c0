"""What is measured: the real service, a bare echo, and the naive form of the same work, each in a process of its own.

Where there are two cores or more, each server has the first one for itself; the sender and PostgreSQL have the rest.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from bench.load import Order, Outcome, work
from bench.processes import cpu_seconds
from tests.postgres import PostgresServer, open_server
from tests.postgres_programs import NoPostgres, find_ground
from tests.process.places import Place, on_postgresql, on_sqlite
from tests.process.sending import Keys

# The echo does not look at what it gets, so that it may be sent the same again and again.
_ECHOED = 2_000
_SLOWEST_PER_SECOND = 500
_MORE = 1.6  # times what was reached before is prepared; making requests takes long

Send = Callable[[Order], Outcome]
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SERVER_CORE, *_OTHER_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


@dataclass
class Target:
    """One server. `sent` is the number of the next comment, so that none comes twice."""

    name: str
    port: int
    pid: int
    keys: Keys
    start_seconds: float
    stored: Callable[[], list[tuple[str, str]]] | None = None  # None: it stores nothing
    size: Callable[[], int] | None = None  # of the database, in bytes
    empty_size: int = 0
    sent: int = 0
    fastest: float = _SLOWEST_PER_SECOND
    receipts: list[tuple[str, str]] = field(default_factory=list)

    def measure(self, send: Send, connections: int, seconds: float) -> tuple[Outcome, float]:
        """Sends for so long and keeps the receipts; returns the outcome and the server's CPU seconds."""
        echoes = self.stored is None
        count = _ECHOED if echoes else int(_MORE * self.fastest * seconds) + connections
        before = cpu_seconds(self.pid)
        outcome = send(Order(self.port, self.keys, connections, seconds, self.sent, count, repeats=echoes))
        used = cpu_seconds(self.pid) - before
        self.fastest = max(self.fastest, outcome.per_second)
        self.sent += count
        self.receipts += [] if echoes else outcome.receipts()
        return outcome, used

    def bytes_each(self) -> float | None:
        """Returns by how much the database has grown, a comment."""
        if self.size is None or not self.receipts:
            return None
        return (self.size() - self.empty_size) / len(self.receipts)

    def wrong(self) -> str | None:
        """Counts the table from outside; returns what is wrong: each receipt must be there exactly once."""
        if self.stored is None or (stored := sorted(self.stored())) == sorted(self.receipts):
            return None
        lost = len(set(self.receipts) - set(stored))
        return f"{len(self.receipts):,} acknowledged, {len(stored):,} stored, {lost:,} of them not or under other ids"


def pins() -> bool:
    """Returns whether there are cores enough to give one to the server."""
    return bool(_OTHER_CORES)


@contextmanager
def on_server_core() -> Iterator[None]:
    """Processes that are started in this context run on the server's core, everything else on the others."""
    if not pins():
        yield
        return
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, set(_OTHER_CORES))


def leave_server_core() -> None:
    """Lets this process, and what it starts from now on, use the other cores only."""
    if pins():
        os.sched_setaffinity(0, set(_OTHER_CORES))


@contextmanager
def anywhere() -> Iterator[None]:
    """Processes that are started in this context run on every core."""
    if not pins():
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {SERVER_CORE, *_OTHER_CORES})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def durable_postgres(stack: ExitStack) -> PostgresServer | None:
    """Returns a server that waits for the disk, or says why there is none."""
    try:
        return stack.enter_context(open_server(find_ground(os.environ), durable=True))
    except NoPostgres as missing:
        print(f"Without PostgreSQL: {missing}", file=sys.stderr)
        return None


def service(name: str, place: Place, *arguments: str) -> Target:
    """Starts the real command with its ordinary settings; it ends with its place."""
    serving = place.serve(*arguments, anew=True)  # as it starts, and on its own core
    seconds = serving.until_ready()
    port = int(serving.address.rsplit(":", 1)[1])
    own = Target(name, port, serving.process.pid, place.keys, seconds, place.stored, lambda: _size_of(place))
    own.empty_size = _size_of(place)
    return own


def _size_of(place: Place) -> int:
    if "MODERATION_DATABASE_URL" in place.environ:
        question = "SELECT pg_database_size(current_database())"
    else:
        question = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    return int(place.query(question)[0][0])


@contextmanager
def place_on(database: str, folder: Path, server: PostgresServer | None) -> Iterator[Place]:
    """Gives a place for the service on `sqlite` or `postgresql`."""
    if database == "sqlite":
        with on_sqlite(folder) as place:
            yield place
        return
    assert server is not None
    with on_postgresql(folder, server) as place:
        yield place


@contextmanager
def echo() -> Iterator[Target]:
    """Gives a bare aiohttp server that answers with the body."""
    with _child("echo", "echo.py") as (port, pid, seconds):
        yield Target("echo", int(port), pid, Keys("echo", "", SECRET), seconds)


@contextmanager
def doors() -> Iterator[Target]:
    """Gives the service's own server with nothing behind its doors."""
    with _child("doors", "doors.py") as (printed, pid, seconds):
        port, site, secret = printed.split()
        yield Target("doors", int(port), pid, Keys(site, "", secret), seconds)


@contextmanager
def naive(database: str, folder: Path, server: PostgresServer | None, model: Path) -> Iterator[Target]:
    """Gives the naive form on a database of its own."""
    if database == "sqlite":
        file = folder / "naive.db"
        with _naive(f"sqlite+aiosqlite:///{file}", model, lambda: _rows(sqlite3.connect(file))) as target:
            yield target
        return
    assert server is not None
    with server.database() as url:
        plain = url.replace("+psycopg", "")
        with _naive(url, model, lambda: _rows(psycopg.connect(plain))) as target:
            yield target


def learned(folder: Path) -> Path:
    """Fits the classifier of the naive form and returns its file; takes some seconds."""
    model = folder / "naive.model"
    subprocess.run([sys.executable, str(Path(__file__).with_name("naive.py")), "learn", model], check=True)
    return model


@contextmanager
def _naive(url: str, model: Path, stored: Callable[[], list[tuple[str, str]]]) -> Iterator[Target]:
    with _child("naive", "naive.py", "serve", url, SECRET, str(model)) as (port, pid, seconds):
        yield Target("naive", int(port), pid, Keys("first-site", "", SECRET), seconds, stored)


def _rows(connection: Any) -> list[tuple[str, str]]:
    with closing(connection):
        rows = connection.execute("SELECT external_id, id FROM comments").fetchall()
    return [(name, str(own) if "-" in str(own) else _dashed(own)) for name, own in rows]


def _dashed(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


@contextmanager
def _child(name: str, script: str, *arguments: str) -> Iterator[tuple[str, int, float]]:
    """Starts a script that prints its port; gives that line, pid, and the seconds that it took to say so."""
    begin = time.monotonic()
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise ChildProcessError(f"{name} did not start")
            yield line, process.pid, time.monotonic() - begin
        finally:
            process.kill()


@contextmanager
def sender() -> Iterator[Send]:
    """Gives a function that has a process of its own carry out an order."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=work, args=(theirs,), daemon=True)
    process.start()
    theirs.close()  # so that the end of that process is heard here

    def send(order: Order) -> Outcome:
        ours.send(order)
        outcome = ours.recv()
        assert isinstance(outcome, Outcome)
        return outcome

    try:
        yield send
    finally:
        ours.close()
        process.join(5)
