"""How many signed comments a second the service takes in, beside a bare aiohttp echo in the same minute.

Each comment is verified, checked, sealed, scored, decided and durably stored before it is answered, by the real command
with its ordinary settings, on SQLite and, where its programs are, on PostgreSQL. Afterwards the table is counted: every
acknowledged comment must be there exactly once.

The tests' PostgreSQL runs without fsync (see `tests/postgres.py`), so its figures leave out the wait for the disk;
those of SQLite do not. On a machine that is busy with other things, the CPU time a request is the figure to trust: each
comment passes several threads or processes, and each of them waits for its turn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load import Order, Outcome, work
from tests.postgres import open_server
from tests.postgres_programs import NoPostgres, find_ground
from tests.process.places import Place, on_postgresql, on_sqlite
from tests.process.sending import Keys

CONNECTIONS = (1, 16, 64, 256)
SECONDS = 2.0
WARM_UP_SECONDS = 0.5
# More than any machine takes in that time; making them takes longer than sending them.
MOST_PER_SECOND = 6_000
ECHOED = 2_000  # requests that the echo is sent again and again

Send = Callable[[Order], Outcome]


@dataclass(frozen=True)
class Echo:
    """What the services are compared with."""

    port: int
    pid: int


@dataclass
class Target:
    """A service under test. `sent` is the number of the next comment, so that none comes twice."""

    name: str
    port: int
    pid: int
    keys: Keys
    place: Place
    sent: int = 0
    receipts: list[tuple[str, str]] = field(default_factory=list)

    def measure(self, send: Send, connections: int, seconds: float = SECONDS) -> Outcome:
        """Sends new comments and keeps the receipts."""
        count = int(MOST_PER_SECOND * seconds)
        outcome = send(Order(self.port, self.keys, connections, seconds, self.sent, count))
        self.sent += count
        self.receipts += outcome.receipts()
        return outcome


def main() -> int:
    """Measures and prints a table. Returns 1 when a comment was lost, doubled or refused."""
    begin = time.monotonic()
    with ExitStack() as stack:
        send = stack.enter_context(_sender())
        echo = Echo(*stack.enter_context(_echo()))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="moderation-bench-")))
        targets = list(_targets(stack, folder))
        print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; {SECONDS:g} s for each figure\n")
        columns = ("req/s", "of echo", "p50 ms", "p99 ms", "CPU µs")
        print("connections", " " * 10, *(f"{column:>7}" for column in columns), "refused", sep="  ")
        for target in targets:
            target.measure(send, 16, WARM_UP_SECONDS)
        refused = sum(_compare(send, echo, targets, connections) for connections in CONNECTIONS)
        wrong = [_check(target) for target in targets]
    print(f"\n{time.monotonic() - begin:.0f} s in all")
    return 1 if refused or any(wrong) else 0


def _compare(send: Send, echo: Echo, targets: list[Target], connections: int) -> int:
    """Prints one row for the echo and one for each service; returns how many comments were refused."""
    keys = targets[0].keys
    before = _cpu_seconds(echo.pid)
    base = send(Order(echo.port, keys, connections, SECONDS, 0, ECHOED, repeats=True))
    _row(connections, "echo", base, base, _cpu_seconds(echo.pid) - before)
    refused = 0
    for target in targets:
        before = _cpu_seconds(target.pid)
        outcome = target.measure(send, connections)
        _row(connections, target.name, outcome, base, _cpu_seconds(target.pid) - before)
        refused += outcome.statuses.total() - outcome.statuses[201]
    return refused


def _row(connections: int, name: str, outcome: Outcome, base: Outcome, cpu_seconds: float) -> None:
    figures = [
        f"{connections:>11}",
        f"{name:<10}",
        f"{outcome.per_second:>7,.0f}",
        f"{outcome.per_second / base.per_second:>7.2f}",
        f"{outcome.milliseconds(0.50):>7.1f}",
        f"{outcome.milliseconds(0.99):>7.1f}",
        f"{1e6 * cpu_seconds / len(outcome.latencies):>7.0f}",
        ", ".join(f"{count} x {status}" for status, count in outcome.statuses.items() if status >= 300),
    ]
    print("  ".join(figures).rstrip(), flush=True)


def _check(target: Target) -> bool:
    """Counts the table from outside; returns whether anything is wrong."""
    stored, promised = sorted(target.place.stored()), sorted(target.receipts)
    good = stored == promised
    verdict = "each stored exactly once" if good else f"BUT {len(stored)} stored, or under other ids"
    print(f"\n{target.name}: {len(promised):,} acknowledged, {verdict}", end="")
    return not good


def _targets(stack: ExitStack, folder: Path) -> Iterator[Target]:
    yield _started("SQLite", stack.enter_context(on_sqlite(folder / "sqlite")))
    try:
        server = stack.enter_context(open_server(find_ground(os.environ)))
    except NoPostgres as missing:
        print(f"Without PostgreSQL: {missing}")
        return
    yield _started("PostgreSQL", stack.enter_context(on_postgresql(folder / "postgresql", server)))


def _started(name: str, place: Place) -> Target:
    serving = place.serve()
    serving.until_ready()
    return Target(name, int(serving.address.rsplit(":", 1)[1]), serving.process.pid, place.keys, place)


def _cpu_seconds(pid: int) -> float:
    """Returns the CPU time that a process has used; NaN where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _echo() -> Iterator[tuple[int, int]]:
    """Gives port and pid of a bare echo."""
    command = [sys.executable, str(Path(__file__).with_name("echo.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline()), process.pid
        finally:
            process.kill()


@contextmanager
def _sender() -> Iterator[Send]:
    """Gives a function that has a process of its own carry out an order."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=work, args=(theirs,), daemon=True)
    process.start()

    def send(order: Order) -> Outcome:
        ours.send(order)
        outcome = ours.recv()
        assert isinstance(outcome, Outcome)
        return outcome

    try:
        yield send
    finally:
        ours.send(None)
        process.join()


if __name__ == "__main__":
    sys.exit(main())
