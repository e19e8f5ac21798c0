"""Where the service's CPU time goes, in microseconds a comment, by room and library: a table and a picture.

The real command is driven at 64 connections with signed, all different comments, while `bench/sampled.py` looks where
its threads are. What the database server does on PostgreSQL is not in it.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import targets
from bench.picture import bars
from bench.tables import markdown
from bench.targets import Send, Target
from tests.process.commands import Serving, eventually
from tests.process.places import Place

_TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_KINDS = ("event loop", "other threads")
_LEAST_US = 0.5  # rooms with less are one row


@dataclass(frozen=True)
class Profile:
    """Microseconds of CPU a comment, by room: in the event loop and in other threads."""

    rooms: Mapping[str, tuple[float, float]]
    functions: Mapping[str, float]

    @staticmethod
    def of(seen: Mapping[str, Mapping[str, float]], unseen: float, total: float) -> Profile:
        """Returns the shares that were seen, of what a comment takes while nobody looks: looking costs some percent."""
        loop, threads = seen["loop"], seen["threads"]
        scale = total / (sum(loop.values()) + sum(threads.values()) + unseen)
        rooms = {room: (scale * loop.get(room, 0), scale * threads.get(room, 0)) for room in {*loop, *threads}}
        rooms["unseen"] = (0.0, scale * unseen)
        return Profile(rooms, {name: scale * used for name, used in seen["functions"].items()})

    def rows(self) -> list[tuple[str, tuple[float, float]]]:
        """Returns the rooms, dearest first, and what is left as one row."""
        ordered = sorted(self.rooms.items(), key=lambda item: -sum(item[1]))
        large = [(room, parts) for room, parts in ordered if sum(parts) >= _LEAST_US]
        small = [parts for _, parts in ordered if sum(parts) < _LEAST_US]
        return [*large, ("everything else", (sum(part for part, _ in small), sum(part for _, part in small)))]

    @property
    def total(self) -> float:
        """Returns all microseconds a comment."""
        return sum(map(sum, self.rooms.values()))


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench/profile.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="of the run (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=64, help="(default: %(default)s)")
    parser.add_argument("--databases", nargs="+", choices=[*_TITLES], default=[*_TITLES])
    parser.add_argument("--functions", type=int, default=15, help="how many to name (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("var/profile"), help="folder for profile.md and profile.svg")
    return parser.parse_args(arguments)


def main() -> int:
    """Measures, prints, and writes table and picture."""
    chosen = options()
    targets.leave_server_core()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="moderation-profile-")))
        send = stack.enter_context(targets.sender())
        profiles = {}
        for database in chosen.databases:
            server = targets.durable_postgres(stack) if database == "postgresql" else None
            if database == "postgresql" and server is None:
                continue
            place = stack.enter_context(targets.place_on(database, folder / database, server))
            profiles[_TITLES[database]] = _profiled(send, place, chosen.connections, chosen.seconds)
    table = _table(profiles)
    print(table)
    for name, profile in profiles.items():
        dearest = [[f"{used:.1f}", where] for where, used in [*profile.functions.items()][: chosen.functions]]
        print(f"\n{name}, the dearest functions\n\n{markdown(('µs', 'where'), dearest, words=2)}")
    chosen.out.mkdir(parents=True, exist_ok=True)
    title = f"Microseconds of CPU a comment, at {chosen.connections} connections"
    groups = {f"{name}: {p.total:,.0f} µs": p.rows() for name, p in profiles.items()}
    (chosen.out / "profile.md").write_text(table + "\n", encoding="utf-8")
    (chosen.out / "profile.svg").write_text(bars(title, groups, _KINDS), encoding="utf-8")
    print(f"\nWritten: {chosen.out / 'profile.md'}, {chosen.out / 'profile.svg'}")
    return 0


def _profiled(send: Send, place: Place, connections: int, seconds: float) -> Profile:
    report = place.folder / "report.json"
    script = Path(__file__).with_name("sampled.py")
    with targets.on_server_core():
        serving = Serving(place.folder / "profiled", place.environ, command=(sys.executable, str(script), str(report)))
    try:
        serving.until_ready()
        port = int(serving.address.rsplit(":", 1)[1])
        target = Target("moderation", port, serving.process.pid, place.keys, 0.0, place.stored)
        target.measure(send, connections, 1.0)  # for the caches
        undisturbed, used = target.measure(send, connections, seconds)
        serving.process.send_signal(signal.SIGUSR1)
        target.measure(send, connections, seconds)
        serving.process.send_signal(signal.SIGUSR2)
        eventually(report.exists, what="the report")
        seen = json.loads(report.read_text(encoding="utf-8"))
    except BaseException:
        print(serving.stderr[-3000:], file=sys.stderr)
        raise
    finally:
        serving.kill()
    return Profile.of(seen, seen["unseen"], 1e6 * used / len(undisturbed.latencies))


def _table(profiles: Mapping[str, Profile]) -> str:
    rooms = sorted(
        {room for profile in profiles.values() for room, _ in profile.rows()},
        key=lambda room: -max(sum(dict(p.rows()).get(room, (0.0, 0.0))) for p in profiles.values()),
    )
    rows = [[room, *(cell for p in profiles.values() for cell in _cells(p, room))] for room in rooms]
    totals = [cell for p in profiles.values() for cell in (f"{p.total:,.1f}", "100%")]
    columns = ["room or library", *(text for name in profiles for text in (f"{name} µs", "share"))]
    return markdown(columns, [*rows, ["in all", *totals]])


def _cells(profile: Profile, room: str) -> tuple[str, str]:
    used = sum(dict(profile.rows()).get(room, (0.0, 0.0)))
    return f"{used:,.1f}", f"{used / profile.total:.0%}"


if __name__ == "__main__":
    sys.exit(main())
