"""What a comment costs behind the doors, in microseconds of CPU by step, when so many are taken in together.

Lists of signed comments go through `workflows.submit` in this process, into an SQLite file with every commit on the
disk. Steps are counted in the thread that takes them; what stands indented is part of the step above.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load import comment
from bench.tables import markdown
from moderation.bundled import bundled_folder
from moderation.cli.running import calm_the_collector
from moderation.clock import utc_now
from moderation.domain import ArticleRef, Author, Delivery, Submission
from moderation.logs import configure_logs
from moderation.scoring import load_bundled
from moderation.settings import Settings
from moderation.storage.connection import InOneGo
from moderation.wiring import Service, open_house, prepare_store
from moderation.workflows import scores, submit
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Judge
from moderation.workflows.sites import add_site
from moderation.workflows.submit import Arrival

# What is counted, and where it is found.
_STEPS: tuple[tuple[str, Any, str], ...] = (
    ("sealing and sketches", submit, "seal"),
    ("scoring", scores, "_scores"),
    ("recalling", submit, "recall"),
    ("  questions", InOneGo, "ask"),
    ("judging", Judge, "hear"),
    ("remembering", submit, "_remember"),
    ("  insertions", InOneGo, "send"),
    ("commit", InOneGo, "commit"),
)


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench/batches.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--size", type=int, default=64, help="comments in a batch (default: %(default)s)")
    parser.add_argument("--batches", type=int, default=60, help="that are measured (default: %(default)s)")
    parser.add_argument("--before", type=int, default=9_600, help="comments that come first (default: %(default)s)")
    return parser.parse_args(arguments)


def main() -> None:
    """Measures and prints."""
    configure_logs(level="warning")
    chosen = options()
    with tempfile.TemporaryDirectory(prefix="moderation-batches-") as folder:
        used, whole = asyncio.run(_measured(Path(folder), chosen))
    rows = [[name, f"{used[name]:.1f}"] for name, _, _ in _STEPS]
    print(markdown(("step", "CPU µs a comment"), [*rows, ["in all, with what is not named", f"{whole:.1f}"]]))


async def _measured(folder: Path, chosen: argparse.Namespace) -> tuple[dict[str, float], float]:
    """Returns the microseconds of each step, and of the whole process."""
    settings = Settings(data_dir=folder)
    prepare_store(settings)
    async with open_house(settings) as house:
        service = Service(house)
        service.scorer.use(load_bundled(bundled_folder("models")))
        await add_site(
            "first-site", "http://localhost", open_work=house.database.open_work, vault=house.vault, now=utc_now()
        )
        known = await service.directory.find("first-site")
        assert known is not None
        calm_the_collector()
        for first in range(0, chosen.before, chosen.size):
            await service._submit(_arrivals(known, first, chosen.size))
        used: defaultdict[str, float] = defaultdict(float)
        for name, owner, attribute in _STEPS:
            setattr(owner, attribute, _counted(getattr(owner, attribute), name, used))
        lists = [_arrivals(known, chosen.before + n * chosen.size, chosen.size) for n in range(chosen.batches)]
        begin = time.process_time()
        for each in lists:
            await service._submit(each)
        scale = 1e6 / (chosen.batches * chosen.size)
        return {name: scale * seconds for name, seconds in used.items()}, scale * (time.process_time() - begin)


def _arrivals(known: KnownSite, first: int, count: int) -> list[tuple[KnownSite, Arrival]]:
    return [(known, _arrival(number)) for number in range(first, first + count)]


def _arrival(number: int) -> Arrival:
    author = Author("Ana", f"b-{number}@example.org")
    submission = Submission(f"b-{number}", ArticleRef(f"a-{number % 100}"), author, comment(number))
    return Arrival(submission, Delivery(f"msg-{number}", b"d" * 32))


def _counted(step: Callable[..., Any], name: str, used: defaultdict[str, float]) -> Callable[..., Any]:
    def plain(*arguments: Any, **options: Any) -> Any:
        begin = time.thread_time()
        try:
            return step(*arguments, **options)
        finally:
            used[name] += time.thread_time() - begin

    async def awaited(*arguments: Any, **options: Any) -> Any:
        begin = time.thread_time()
        try:
            return await step(*arguments, **options)
        finally:
            used[name] += time.thread_time() - begin

    return awaited if inspect.iscoroutinefunction(step) else plain


if __name__ == "__main__":
    main()
