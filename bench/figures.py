"""From many short runs to one figure each: medians, and ratios to the echo and to the naive form of the same round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from bench.load import Outcome
from bench.tables import markdown

COLUMNS = (
    "database", "server", "connections", "req/s", "of echo", "x naive", "p50 ms", "p99 ms", "CPU µs", "sender CPU",
    "refused",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One server, driven once. `cpu_us` is what the server's processes used a request, user and system."""

    database: str
    connections: int
    server: str
    round: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    sender_share: float
    refused: int

    @staticmethod
    def of(database: str, server: str, round: int, connections: int, outcome: Outcome, cpu_seconds: float) -> Run:  # noqa: A002
        """Returns the figures of an outcome."""
        return Run(
            database,
            connections,
            server,
            round,
            outcome.per_second,
            outcome.milliseconds(0.50),
            outcome.milliseconds(0.99),
            1e6 * cpu_seconds / len(outcome.latencies),
            outcome.cpu_share,
            0 if server == "echo" else outcome.statuses.total() - outcome.statuses[201],
        )


@dataclass(frozen=True)
class Figures:
    """One row of the table: medians over the rounds; a ratio is the median of the ratios within each round."""

    database: str
    connections: int
    server: str
    per_second: float
    of_echo: float | None
    of_naive: float | None
    p50_ms: float
    p99_ms: float
    cpu_us: float
    sender_share: float
    refused: int

    def cells(self) -> list[str]:
        """Returns the row as text."""
        return [
            self.database,
            self.server,
            str(self.connections),
            f"{self.per_second:,.0f}",
            _ratio(self.of_echo),
            _ratio(self.of_naive),
            f"{self.p50_ms:,.1f}",
            f"{self.p99_ms:,.1f}",
            f"{self.cpu_us:,.0f}",
            f"{self.sender_share:.0%}",
            str(self.refused),
        ]


def figures(runs: Sequence[Run]) -> list[Figures]:
    """Returns one row for each database, number of connections and server, in the order in which they first ran."""
    databases = list(dict.fromkeys(run.database for run in runs))
    keys = dict.fromkeys((run.database, run.connections, run.server) for run in runs)
    return [_row(runs, *key) for key in sorted(keys, key=lambda key: (databases.index(key[0]), key[1]))]


def table(rows: Sequence[Figures]) -> str:
    """Returns the rows as a Markdown table."""
    return markdown(COLUMNS, [row.cells() for row in rows], words=2)


def as_json(rows: Sequence[Figures]) -> list[dict[str, object]]:
    """Returns the rows as JSON objects."""
    return [asdict(row) for row in rows]


def _row(runs: Sequence[Run], database: str, connections: int, server: str) -> Figures:
    here = [run for run in runs if (run.database, run.connections) == (database, connections)]
    own = [run for run in here if run.server == server]
    return Figures(
        database,
        connections,
        server,
        median(run.per_second for run in own),
        _median_ratio(own, here, "echo"),
        _median_ratio(own, here, "naive"),
        median(run.p50_ms for run in own),
        median(run.p99_ms for run in own),
        median(run.cpu_us for run in own),
        max(run.sender_share for run in own),
        sum(run.refused for run in own),
    )


def _median_ratio(own: Sequence[Run], here: Sequence[Run], other: str) -> float | None:
    base = {run.round: run.per_second for run in here if run.server == other}
    ratios = [
        run.per_second / base[run.round] for run in own if run.round in base and run.server not in {other, "echo"}
    ]
    return median(ratios) if ratios else None


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"
