"""What it costs to learn from ten thousand, a hundred thousand and a million labels: `make bench-retrain`.

The labels are put straight into the tables of an SQLite file: comments spliced from shipped ones of the same label, of
many authors and over a year, each with the decision of the machine and that of a person. Then the command is run as
anybody would, on one process and on two, and its memory is read while it runs. Nothing is kept (`--dry-run`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from uuid import UUID

import click

from bench.crowd import Row, into_sqlite
from bench.processes import resident_megabytes
from bench.tables import markdown
from moderation.bundled import bundled_folder
from moderation.clock import new_id
from moderation.domain import Label
from moderation.training.sources import bundled_examples
from tests.process.commands import environment, obeyed

SITE = "daily-planet"
SIZES = (10_000, 100_000, 1_000_000)
SPAM_SHARE = 0.2
_YEAR = timedelta(days=365)
_END = datetime(2026, 11, 1, tzinfo=UTC)
_CHUNK = 10_000
_POLL_SECONDS = 0.2
_REFUSED = 6  # exit status: the gate has refused, after all the work

_ARTICLE = ("id", "site_id", "external_id", "comments", "created_at")
_AUTHOR = ("id", "site_id", "email_fingerprint", "email_sealed", "sealing_key", "standing", "created_at")
_MODERATOR = ("id", "name", "role", "created_at")
_COMMENT = (
    "id", "site_id", "article_id", "author_id", "external_id", "thread", "author_name", "text", "text_digest",
    "content_digest", "submitted_at", "received_at", "version", "status", "reason", "score", "model",
)  # fmt: skip
_DECISION = (
    "id", "comment_id", "site_id", "version", "status", "reason", "score", "model", "decided_by", "moderator_id",
    "label", "decided_at",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One run of the command: how long it took, and how much memory it and its workers had at most."""

    labels: int
    jobs: int
    seconds: float
    cpu_seconds: float  # of all processes
    megabytes: float
    learned: int
    state: str


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench/retraining.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--labels", type=int, nargs="+", default=SIZES)
    parser.add_argument("--jobs", type=int, nargs="+", default=(1, 2))
    parser.add_argument("--quick", action="store_true", help="ten thousand labels only")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.labels = SIZES[:1]
    return chosen


def spliced(random: Random, texts: Sequence[str]) -> str:
    """Returns the beginning of one text and the end of another."""
    first, second = random.choice(texts).split(), random.choice(texts).split()
    return " ".join(first[: (len(first) + 1) // 2] + second[len(second) // 2 :])


def labelled(site: UUID, count: int) -> Iterator[tuple[Row, list[Row]]]:
    """Yields comments, each with its decisions; they begin with their articles, authors and moderators."""
    random = Random(17)
    texts: dict[Label, list[str]] = {label: [] for label in Label}
    for example in bundled_examples(bundled_folder("models")):
        texts[example.label].append(example.text)
    articles, authors, people = ids(random, 1_000), ids(random, count // 2), ids(random, 5)
    for number in range(count):
        moment = _END - _YEAR * (1 - number / count)
        spam = random.random() < SPAM_SHARE
        label = Label.SPAM if spam else Label.HAM
        status, reason = ("rejected", "spam") if spam else ("approved", "approved")
        text, key, score = spliced(random, texts[label]), new_id(moment), random.random()
        digest = hashlib.sha256(b"%d" % number).digest()
        comment = (
            key, site, random.choice(articles), _author(random, authors, spam=spam), f"c-{number}", key.hex, "Ana",
            text, digest, digest, moment, moment, 2, status, reason, score, "m-1",
        )  # fmt: skip
        later = moment + timedelta(minutes=5)
        yield comment, [
            (new_id(moment), key, site, 1, "pending", "doubtful", score, "m-1", "machine", None, None, moment),
            (
                new_id(later), key, site, 2, status, reason, score, "m-1", "moderator", random.choice(people),
                label.value, later,
            ),
        ]  # fmt: skip


def _author(random: Random, authors: Sequence[UUID], *, spam: bool) -> UUID:
    # Most good comments are by regulars, one author in a hundred; of the others most come once or twice.
    return random.choice(authors[: len(authors) // 100] if random.random() < (0.1 if spam else 0.6) else authors)


def ids(random: Random, count: int) -> list[UUID]:
    """Returns the ids of what comments refer to: the first ones of a random, in their order."""
    return [UUID(int=random.getrandbits(128), version=4) for _ in range(count)]


def fill(path: Path, count: int) -> None:
    """Fills a database in which the site is known already."""
    put = into_sqlite(str(path))
    with closing(sqlite3.connect(path)) as connection:
        [(site,)] = connection.execute("SELECT id FROM sites").fetchall()
    key, random = UUID(site), Random(17)
    articles, authors, people = ids(random, 1_000), ids(random, count // 2), ids(random, 5)
    put("articles", _ARTICLE, ((each, key, f"a-{n}", "open", _END) for n, each in enumerate(articles)))
    put(
        "authors",
        _AUTHOR,
        ((a, key, hashlib.sha256(a.bytes).digest(), b"sealed", b"key", "normal", _END) for a in authors),
    )
    put("moderators", _MODERATOR, ((each, f"moderator-{n}", "moderator", _END) for n, each in enumerate(people)))
    rows = labelled(key, count)
    with click.progressbar(length=count, label=f"Making {count:,} labels", file=sys.stderr) as bar:
        while part := list(islice(rows, _CHUNK)):
            put("comments", _COMMENT, (comment for comment, _ in part))
            put("decisions", _DECISION, (decision for _, decisions in part for decision in decisions))
            bar.update(len(part))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def measure(environ: dict[str, str], labels: int, jobs: int) -> Run:
    """Runs the command; what it says about its progress is shown where somebody looks."""
    command = [
        sys.executable,
        "-m",
        "moderation",
        "retrain",
        "--site",
        SITE,
        "--dry-run",
        "--json",
        "--jobs",
        str(jobs),
    ]
    begun, used = time.monotonic(), _used()
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        most, ended = [0.0], threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, most, ended))
        watcher.start()
        printed, _ = process.communicate()
        ended.set()
        watcher.join()
    seconds = time.monotonic() - begun
    if process.returncode not in (0, _REFUSED):
        raise SystemExit(f"moderation retrain ended with status {process.returncode}.")
    report = json.loads(printed)
    return Run(labels, jobs, seconds, _used() - used, most[0], sum(report["labels"].values()), report["state"])


def _used() -> float:
    """Returns the CPU time of all processes that were begun from here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watch(pid: int, most: list[float], ended: threading.Event) -> None:
    while not ended.wait(_POLL_SECONDS):
        now = resident_megabytes(pid)
        most[0] = max(most[0], now if now == now else 0.0)  # NaN where a process has just ended


def rows_of(runs: Sequence[Run]) -> list[list[str]]:
    """Returns the table; the speed-up is against the first run with as many labels."""
    first = {run.labels: run.seconds for run in reversed(runs)}
    return [
        [
            f"{run.labels:,}",
            str(run.jobs),
            f"{run.seconds:,.1f}",
            f"{run.cpu_seconds:,.1f}",
            f"{run.labels / run.seconds:,.0f}",
            f"{run.megabytes:,.0f}",
            f"{first[run.labels] / run.seconds:.2f}",
            f"{run.learned:,}",
            run.state,
        ]
        for run in runs
    ]


def main() -> None:
    """Measures and prints."""
    chosen = options()
    columns = ["labels", "processes", "seconds", "CPU s", "labels/s", "peak MB", "speed-up", "used", "gate"]
    runs: list[Run] = []
    for count in chosen.labels:
        with tempfile.TemporaryDirectory(prefix="moderation-bench-") as folder:
            environ = environment(Path(folder) / "var")
            obeyed("site", "add", SITE, "--url", "https://planet.example", "--json", environ=environ)
            fill(Path(folder) / "var" / "moderation.db", count)
            for jobs in chosen.jobs:
                runs.append(measure(environ, count, jobs))
                print(markdown(columns, rows_of(runs[-1:])), file=sys.stderr)
    print(markdown(columns, rows_of(runs)))


if __name__ == "__main__":
    main()
