"""`moderation retrain`: what moderators have decided, as a better filter for their site, if it is one."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from moderation.cli.store import CLEAR_LINE, in_house
from moderation.errors import GateRefused, ModerationError, NotFound

if TYPE_CHECKING:
    from moderation.domain import Site
    from moderation.wiring import House
    from moderation.workflows.retrain import Trained

_NICE = 10
_ROWS = {
    "ham_published": "published at once",
    "ham_held": "held for a moderator",
    "ham_rejected": "rejected by the machine",
    "spam_published": "published at once",
    "spam_held": "held for a moderator",
    "spam_rejected": "rejected by the machine",
}


@click.command()
@click.option("--site", "slug", metavar="SLUG", help="Train for this site only; default: for each site.")
@click.option("--promote/--no-promote", default=True, help="Let a candidate serve that the gate lets pass, or not yet.")
@click.option("--dry-run", is_flag=True, help="Train and compare, and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a site and line.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes that compute.")
@click.option("--backend", type=click.Choice(["local", "dask"]), default="local", help="Where it is computed.")
@click.option("--scheduler", metavar="ADDRESS", help="The scheduler of the Dask cluster.")
@click.option("--run", "run", hidden=True, help="The run that somebody has asked for.")
@click.option("--by", "by", hidden=True, help="Who has asked for it.")
def retrain(
    slug: str | None,
    promote: bool,
    dry_run: bool,
    as_json: bool,
    jobs: int,
    backend: str,
    scheduler: str | None,
    run: str | None,
    by: str | None,
) -> None:
    """Learn from what moderators have decided.

    The labels of each site make a candidate on top of the common classifier. It serves its site if it is better than
    the present one on comments that came later, and no worse on plain cases. Exit status 6: the gate has refused one.
    """
    from uuid import UUID

    from moderation.storage.audit import COMMAND_LINE
    from moderation.workflows.retrain import Plan

    if run:
        os.nice(_NICE)  # the service beside it answers readers
    if (backend == "dask") != (scheduler is not None):
        raise click.UsageError("--backend dask and --scheduler ADDRESS go together.")
    asked = UUID(run) if run else None
    plan = Plan(by or COMMAND_LINE, promote=promote, dry_run=dry_run, run=asked, jobs=jobs, scheduler=scheduler)
    errors: list[ModerationError] = []
    trained = 0

    async def task(house: House) -> None:
        nonlocal trained
        for site in await _sites(house, slug):
            try:
                done = await _train(house, site, plan)
            except ModerationError as error:
                if slug is not None:
                    raise
                errors.append(error)
                click.echo(f"{site.slug}: {error}", err=True)
                continue
            trained += 1
            _write_card(house, done, dry_run=dry_run)
            _show(site.slug, done, as_json)
            _note_refusal(done, errors)

    in_house(task)
    refused = [error for error in errors if isinstance(error, GateRefused)]
    if refused or (errors and not trained):
        raise (refused or errors)[0]


async def _sites(house: House, slug: str | None) -> list[Site]:
    from moderation.workflows.directory import site_of

    async with house.database.open_reading() as work:
        stored = [await work.sites.find(slug)] if slug is not None else await work.sites.all()
    found = [site_of(site, house.defaults) for site in stored if site is not None]
    if not found:
        raise NotFound("There is no such site; see: moderation site list")
    return found


async def _train(house: House, site: Site, plan: Any) -> Trained:
    from moderation.cli.models import note_baseline
    from moderation.workflows.retrain import Progress
    from moderation.workflows.retrain import retrain as train

    await note_baseline(house)
    stages = Stages(site.slug)
    try:
        return await train(
            site,
            plan,
            folder=house.models,
            open_work=house.database.open_work,
            open_reading=house.database.open_reading,
            now=house.now,
            progress=Progress(stages.begin, stages.count),
        )
    finally:
        stages.end()


def _note_refusal(done: Trained, errors: list[ModerationError]) -> None:
    from moderation.workflows.retrain import require_promotable

    try:
        require_promotable(done)
    except GateRefused as error:
        errors.append(error)


def _write_card(house: House, done: Trained, *, dry_run: bool) -> None:
    """Leaves the card beside the data of the service, to be read and published."""
    if dry_run:
        return
    folder = house.settings.data_dir / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    card = folder / f"{done.version}.md"
    if not card.exists():
        # The same labels make the same version again; its card is that of the first time, as in the registry.
        card.write_text(done.card, encoding="utf-8")


def _show(slug: str, done: Trained, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"site": slug, "state": done.state, "version": done.version, **done.report}))
        return
    click.echo("\n".join(table_of(slug, done)))


def table_of(slug: str, done: Trained) -> list[str]:
    """Returns the comparison for a newsroom, line by line."""
    from moderation.training.comparison import comparison
    from moderation.workflows.retrain import refusals

    report = done.report
    labels = report["labels"]
    lines = [
        f"{slug}: {done.version}, learned from {labels['spam']} spam and {labels['ham']} good comments",
        f"Compared with {report['champion']} on {sum(report['judged'].values())} comments that came later:",
    ]
    lines += _rows(comparison(report)) or ["  Too few of them to compare."]
    lines += [*_in_words(comparison(report)), ""]
    match str(done.state):
        case "promoted":
            lines.append("It serves this site now. Back again: moderation models rollback --site " + slug)
        case "kept":
            lines.append(f"It may serve. To let it: moderation models promote {done.version}")
        case _:
            lines += ["The gate refuses it; the model in service stays:", *(f"  {each}" for each in refusals(report))]
    return lines


def _rows(compared: Sequence[tuple[str, float, float]]) -> list[str]:
    lines = []
    for kind, title in (("ham", "Of 1,000 good comments"), ("spam", "Of 1,000 spam")):
        rows = [(name, before, after) for name, before, after in compared if name.startswith(kind)]
        if rows:
            lines.append(f"  {title:<30}{'now':>8}{'then':>8}")
            lines += [f"    {_ROWS[name]:<28}{before:>8.0f}{after:>8.0f}" for name, before, after in rows]
    return lines


def _in_words(compared: Sequence[tuple[str, float, float]]) -> list[str]:
    found: Mapping[str, tuple[int, int]] = {name: (round(before), round(after)) for name, before, after in compared}
    if not found:
        return []
    said = [
        f"of 1,000 good comments it would hold {_than(*found['ham_held'])}",
        f"and reject {_than(*found['ham_rejected'])}",
        f"and of 1,000 spam it would publish {_than(*found['spam_published'])}",
    ]
    return [f"In words: {', '.join(said)}."]


def _than(before: int, after: int) -> str:
    if before == after:
        return "as many as now"
    return f"{abs(after - before)} {'fewer' if after < before else 'more'}"


class Stages:
    """Tells on standard error what is being done: on a terminal in one line with the time, else a line each."""

    def __init__(self, slug: str) -> None:
        self._slug = slug
        self._begun = time.monotonic()
        self._stage_begun = self._begun
        self._stage = ""
        self._count = 0
        self._whole = 0

    def begin(self, stage: str) -> None:
        """Begins a stage."""
        self._stage, self._count, self._stage_begun = stage, 0, time.monotonic()
        self._whole = next((int(word) for word in stage.split() if word.isdigit()), 0)
        if sys.stderr.isatty():
            self._draw()

    def count(self, more: int) -> None:
        """Counts within a stage: how many, how many a second, and how long it will take."""
        self._count += more
        if sys.stderr.isatty():
            self._draw()

    def end(self) -> None:
        """Leaves the line empty."""
        if sys.stderr.isatty():
            click.echo(CLEAR_LINE, err=True, nl=False)

    def _draw(self) -> None:
        seconds = time.monotonic() - self._stage_begun
        counted = ""
        if self._count:
            rate = self._count / max(seconds, 1e-3)
            left = max(0, self._whole - self._count) / rate
            counted = f" {self._count:,}/{self._whole:,}, {rate:,.0f} a second, {left:.0f} s left"
        click.echo(f"{CLEAR_LINE}{self._slug}: {self._stage} …{counted}", err=True, nl=False)
