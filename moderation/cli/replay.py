"""`moderation replay`."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli.store import command_settings, complain, json_option, progress_bar, show
from moderation.errors import ModerationError

if TYPE_CHECKING:
    from moderation.cli.replaying import Tally


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", "slug", required=True, help="The site whose comments these are.")
@json_option
def replay(file: Path, slug: str, as_json: bool) -> None:
    """Submit the comments of a file through the same workflow.

    Each line is a JSON object with `text`, and where you have them `external_id`, `article`, `author` and the other
    fields of a submission. What is missing is made up, the same for the same line, so that a replay can be repeated.
    Bad lines are reported and do not stop it. The flood limit does not apply: a file is no reader. While the database
    is away, lines are sent again for a minute; then the replay ends with status 1, and can be run again.
    """
    from moderation.cli.replaying import name_of, replay_lines
    from moderation.wiring import open_service, prepare_store

    settings, size = command_settings(), file.stat().st_size
    prepare_store(settings)
    started = time.perf_counter()

    async def run() -> Tally:
        async with open_service(settings) as service:
            with file.open("rb") as lines, progress_bar(size, "Replaying") as bar:
                return await replay_lines(
                    lines,
                    slug=slug,
                    name=name_of(file),
                    service=service,
                    progress=bar.update,
                    complain=partial(complain, bar),
                )

    tally = asyncio.run(run())
    _show(tally, time.perf_counter() - started, as_json)
    if tally.stopped_at is not None:
        # What was taken is known by its id, also where that was made up.
        raise ModerationError(
            f"{tally.counts['not_taken']} lines were not taken, the first is line {tally.stopped_at}: {tally.reason} "
            "To go on, run the same command again; what was taken is not taken twice."
        )


def _show(tally: Tally, seconds: float, as_json: bool) -> None:
    rate = tally.total / seconds if seconds else 0.0
    if as_json:
        show({**tally.counts, "total": tally.total, "per_second": round(rate, 1)}, as_json=True)
        return
    width = max(map(len, tally.counts), default=0)
    for outcome, count in tally.counts.items():
        click.echo(f"{outcome.ljust(width)}  {count:>8}")
    click.echo(f"{'total'.ljust(width)}  {tally.total:>8}  in {seconds:.1f} s, {rate:.0f} a second")
