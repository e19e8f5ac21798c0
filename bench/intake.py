"""How many signed comments a second the service takes in, beside a bare echo and the naive form of the same work.

Each comment is verified, checked, sealed, scored, decided and durably stored before it is answered, by the real command
with its ordinary settings, on SQLite and, where its programs are, on PostgreSQL, with every commit on the disk. The
servers are driven one after the other, round by round in the same minute, and the medians are printed. Afterwards the
tables are counted: every acknowledged comment must be there exactly once.

Ratios count: absolute figures differ between machines and days. Where the column `sender CPU` comes near 100 %, it is
the sender that was measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import targets
from bench.figures import Run, as_json, figures, table
from bench.processes import resident_megabytes
from bench.tables import markdown
from bench.targets import Send, Target
from tests.postgres import PostgresServer

_WARM_UP_SECONDS = 0.5
_CONNECTIONS_OF_WORKERS = 256
_SERVER_COLUMNS = ("database", "server", "start s", "RSS MB", "comments", "bytes each", "stored")


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench/intake.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each single run (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of all servers, alternately (default: %(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64, 256], metavar="N")
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument(
        "--workers", action=argparse.BooleanOptionalAction, help="also compare two processes with one, on PostgreSQL"
    )
    parser.add_argument("--quick", action="store_true", help="one short round at 1 and 64 connections")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.seconds, chosen.rounds, chosen.connections = 0.5, 1, [1, 64]
    if chosen.workers is None:
        chosen.workers = not chosen.quick
    return chosen


def main() -> int:
    """Measures and prints tables. Returns 1 when a comment was lost, doubled or refused."""
    chosen, begin = options(), time.monotonic()
    targets.leave_server_core()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="moderation-bench-")))
        send = stack.enter_context(targets.sender())
        server = targets.durable_postgres(stack) if "postgresql" in chosen.databases else None
        databases = [name for name in chosen.databases if name == "sqlite" or server]
        started = dict(_start(stack, folder, databases, server))
        machine = _machine(chosen.seconds, chosen.rounds)
        print(machine, end="\n\n", flush=True)
        rows = figures([*_runs(send, started, chosen)])
        print(table(rows), end="\n\n")
        servers = [_described(name, target) for name, list_ in started.items() for target in list_]
        print(markdown(_SERVER_COLUMNS, servers, words=2))
        wrong = [target.wrong() for list_ in started.values() for target in list_]
        pairs = figures([*_workers(stack, send, folder, server, chosen)]) if chosen.workers and server else []
        if pairs:
            print("\n" + table(pairs))
            one, two = (row.per_second for row in pairs)
            print(f"\nTwo processes take {two / one:.2f} times as much as one; neither has a core for itself.")
    if chosen.json:
        report = {"machine": machine, "figures": as_json(rows), "workers": as_json(pairs), "servers": servers}
        chosen.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\n{time.monotonic() - begin:.0f} s in all")
    return 1 if any(wrong) or any(row.refused for row in [*rows, *pairs]) else 0


def _start(
    stack: ExitStack, folder: Path, databases: Sequence[str], server: PostgresServer | None
) -> Iterator[tuple[str, list[Target]]]:
    """Yields the servers for each database; the echo, which needs none, is the same for all."""
    model = targets.learned(folder)
    with targets.on_server_core():
        echo = stack.enter_context(targets.echo())
        for database in databases:
            own = folder / database
            own.mkdir()
            ours = targets.service("moderation", stack.enter_context(targets.place_on(database, own, server)))
            yield database, [echo, ours, stack.enter_context(targets.naive(database, own, server, model))]


def _runs(send: Send, started: dict[str, list[Target]], chosen: argparse.Namespace) -> Iterator[Run]:
    for target in [target for list_ in started.values() for target in list_]:
        target.measure(send, 16, _WARM_UP_SECONDS)
    for connections in chosen.connections:
        for turn in range(chosen.rounds):
            for database, list_ in started.items():
                for target in list_:
                    yield _run(send, database, target, turn, connections, chosen.seconds)


def _run(send: Send, database: str, target: Target, turn: int, connections: int, seconds: float) -> Run:
    outcome, used = target.measure(send, connections, seconds)
    print(f"  {connections:>3} {database} {target.name} {outcome.per_second:,.0f}/s", file=sys.stderr, flush=True)
    return Run.of(database, target.name, turn, connections, outcome, used)


def _workers(
    stack: ExitStack, send: Send, folder: Path, server: PostgresServer | None, chosen: argparse.Namespace
) -> Iterator[Run]:
    """Compares one process with two that share a port, both on any core."""
    pair = []
    with targets.anywhere():
        for count in (1, 2):
            place = stack.enter_context(targets.place_on("postgresql", folder / f"workers-{count}", server))
            pair.append(targets.service(f"{count} process" + "es" * (count > 1), place, "--workers", str(count)))
    for target in pair:
        target.measure(send, _CONNECTIONS_OF_WORKERS, _WARM_UP_SECONDS)
    for turn in range(chosen.rounds):
        for target in pair:
            yield _run(send, "postgresql", target, turn, _CONNECTIONS_OF_WORKERS, chosen.seconds)
    for target in pair:
        if trouble := target.wrong():
            raise AssertionError(f"{target.name}: {trouble}")


def _described(database: str, target: Target) -> list[str]:
    stored = "" if target.stored is None else target.wrong() or "each once"
    memory = f"{resident_megabytes(target.pid):.0f}"
    size = "" if (each := target.bytes_each()) is None else f"{each:,.0f}"
    return [database, target.name, f"{target.start_seconds:.1f}", memory, f"{len(target.receipts):,}", size, stored]


def _machine(seconds: float, rounds: int) -> str:
    pinned = "the server has one of them for itself" if targets.pins() else "nothing is pinned"
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({pinned}), {python}; {rounds} x {seconds:g} s for each figure, medians."


if __name__ == "__main__":
    sys.exit(main())
