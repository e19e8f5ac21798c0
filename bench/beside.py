"""How fast comments are taken in while the service does something long beside it.

Three services, one after the other: one with nothing else to do; one that tells a site of every decision, by webhook;
and one whose classifier is new to a long queue, so that it looks again at what the one before doubted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

from bench import targets
from bench.crowd import Crowd
from bench.figures import Run, figures, table
from bench.queues import put_in
from bench.targets import Target
from tests.postgres import PostgresServer
from tests.process.commands import obeyed
from tests.process.places import Place

# So many that waiting for a person and looking at them again takes longer than the measurement.
_COMMENTS, _PENDING = 200_000, 30_000


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench/beside.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each single run (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="of each service (default: %(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 64], metavar="N")
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    return parser.parse_args(arguments)


def main() -> None:
    """Measures and prints a table."""
    chosen = options()
    targets.leave_server_core()
    runs: list[Run] = []
    for database in chosen.databases:
        with ExitStack() as stack:
            server = targets.durable_postgres(stack) if database == "postgresql" else None
            if server is not None or database == "sqlite":
                runs += _runs(stack, database, server, chosen)
    print(table(figures(runs)))


def _runs(stack: ExitStack, database: str, server: PostgresServer | None, chosen: argparse.Namespace) -> Iterator[Run]:
    send, receiver = stack.enter_context(targets.sender()), stack.enter_context(targets.echo())
    for name in ("alone", "telling", "looking again"):
        # One after the other: what one of them does beside would slow the others down.
        with _service(name, database, server, receiver) as service:
            for connections in chosen.connections:
                for turn in range(chosen.rounds):
                    outcome, used = service.measure(send, connections, chosen.seconds)
                    print(f"  {connections:>3} {database} {name} {outcome.per_second:,.0f}/s", file=sys.stderr)
                    yield Run.of(database, name, turn, connections, outcome, used)


@contextmanager
def _service(name: str, database: str, server: PostgresServer | None, receiver: Target) -> Iterator[Target]:
    with (
        tempfile.TemporaryDirectory(prefix="moderation-bench-") as folder,
        targets.place_on(database, Path(folder), server) as place,
    ):
        if name == "looking again":
            _crowd(place)
        place.environ["MODERATION_ENDPOINT_NETWORKS"] = "127.0.0.0/8"
        with targets.on_server_core():
            service = targets.service(name, place)
        if name == "telling":
            url = f"http://127.0.0.1:{receiver.port}/"
            obeyed("endpoint", "add", place.keys.site, url, environ=place.environ)
        yield service


def _crowd(place: Place) -> None:
    """Puts in a long queue that another classifier has scored."""
    obeyed("migrate", environ=place.environ)
    keys = place.keys
    [(site,)] = place.query(f"SELECT id FROM sites WHERE slug = '{keys.site}'")
    url = place.environ.get("MODERATION_DATABASE_URL", f"sqlite+aiosqlite:///{place.folder}/var/moderation.db")
    put_in(url, Crowd(site if isinstance(site, UUID) else UUID(site), _COMMENTS, _PENDING))


if __name__ == "__main__":
    main()
