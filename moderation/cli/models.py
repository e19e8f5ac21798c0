"""`moderation models`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli.store import in_house, json_lines_option, json_option, show
from moderation.cli.trying import backtest, shadow

if TYPE_CHECKING:
    from moderation.domain import ModelVersion
    from moderation.wiring import House


@click.group()
def models() -> None:
    """Show classifiers, let one serve, or build the bundled one."""


@models.command(name="list")
@json_lines_option
def list_models(as_json: bool) -> None:
    """List the versions in the registry; the one that serves is marked. What became of a version that was
    trained here stands behind it: promoted, kept, or refused by the gate."""
    models, owners, serving, states = in_house(_listed)
    for model in models:
        site = owners.get(model.version)
        serves = model.serving or model.version in serving
        state = states.get(model.version)
        if as_json:
            row = {"version": model.version, "serving": serves, "bundled": model.bundled, "site": site, "state": state}
            show(row, as_json=True)
        else:
            origin = "bundled" if model.bundled else f"of {site}" if site else "trained here"
            line = f"{'*' if serves else ' '} {model.version}  {origin}  {model.created_at:%Y-%m-%d %H:%M}"
            click.echo(f"{line}  {state}" if state else line)


@models.command(name="show")
@click.argument("version")
@click.option("--markdown", is_flag=True, help="Print the card of a site's model for people.")
def show_model(version: str, markdown: bool) -> None:
    """Print the card of a version as JSON."""
    from moderation.errors import NotFound

    found = [model for model in in_house(_registered) if model.version == version]
    if not found:
        raise NotFound("There is no such model; see: moderation models list")
    if markdown and "findings" in found[0].card:
        from moderation.training.site_card import site_card_text

        click.echo(site_card_text(found[0].card))
        return
    click.echo(json.dumps(dict(found[0].card), indent=2, ensure_ascii=False))


@models.command()
@click.argument("version")
@json_option
def promote(version: str, as_json: bool) -> None:
    """Let a version serve. Running services take it up within seconds.

    One that the gate has refused serves, too; why it was refused is then said on standard error.
    """
    from moderation.storage.audit import COMMAND_LINE
    from moderation.workflows.models import promote as promote_version

    async def task(house: House) -> list[str]:
        await promote_version(
            version, folder=house.models, open_work=house.database.open_work, by=COMMAND_LINE, now=house.now()
        )
        return await _why_refused(house, version)

    broken = in_house(task)
    if broken:
        click.echo(f"moderation: The gate refused it: {'; '.join(broken)}.", err=True)
    _show_serving(version, as_json)


@models.command()
@click.option("--site", "slug", metavar="SLUG", help="Go back for this site only.")
@json_option
def rollback(slug: str | None, as_json: bool) -> None:
    """Let the version serve that served before.

    What served until now is then the one that served before: a second rollback goes forward to it again. To go back
    further: moderation models promote VERSION
    """
    from moderation.storage.audit import COMMAND_LINE
    from moderation.workflows.models import rollback as roll_back
    from moderation.workflows.models import rollback_site
    from moderation.workflows.sites import present_site

    async def task(house: House) -> tuple[str, str]:
        open_work = house.database.open_work
        async with open_work() as work:
            common = await work.models.serving() or ""
            site = None if slug is None else await present_site(work, slug)
            before = common if site is None else await work.site_models.serving(site.id) or common
        if site is None:
            return await roll_back(folder=house.models, open_work=open_work, by=COMMAND_LINE, now=house.now()), before
        back = await rollback_site(site.id, folder=house.models, open_work=open_work, by=COMMAND_LINE, now=house.now())
        return back or common, before

    version, before = in_house(task)
    if as_json:
        show({"version": version, "before": before}, as_json=True)
    else:
        click.echo(f"{version} serves; {before} did before.")


@models.command(name="build-baseline")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another folder of models, with the training data in `data`; default: that of this installation.",
)
def build_baseline(folder: Path | None) -> None:
    """Train the bundled classifier on the shipped data. The same data gives the same bytes."""
    from moderation.bundled import bundled_folder
    from moderation.training import build_baseline as build

    built = build(folder or bundled_folder("models"), progress=lambda step: click.echo(f"{step} …", err=True))
    click.echo(f"{built.version}  sha256 {built.sha256}")


models.add_command(shadow)
models.add_command(backtest)


def _show_serving(version: str, as_json: bool) -> None:
    show({"version": version}, as_json=True) if as_json else click.echo(f"{version} serves.")


async def _why_refused(house: House, version: str) -> list[str]:
    """Returns the rules of the gate that a version broke; none if it was not refused."""
    from moderation.domain import RunState
    from moderation.workflows.retrain import refusals

    async with house.database.open_reading() as work:
        run = (await work.training.verdicts(version)).get(version)
    return refusals(run.report) if run is not None and run.state is RunState.REFUSED else []


async def _listed(house: House) -> tuple[list[ModelVersion], dict[str, str], set[str], dict[str, str]]:
    """Returns the registry, the site of each version that belongs to one, what serves sites, and how the run of each
    version ended."""
    models = await _registered(house)
    async with house.database.open_reading() as work:
        slugs = {site.id: site.slug for site in await work.sites.all()}
        owners = {version: slugs[site] for version, site in (await work.site_models.owners()).items()}
        states = {version: str(run.state) for version, run in (await work.training.verdicts()).items()}
        return models, owners, set((await work.site_models.all_serving()).values()), states


async def _registered(house: House) -> list[ModelVersion]:
    """Returns the registry; notes the bundled baseline first, which a service that never ran has not done."""
    await note_baseline(house)
    async with house.database.open_reading() as work:
        return await work.models.all()


async def note_baseline(house: House) -> None:
    """Notes the bundled baseline in the registry, or says why it cannot be."""
    from moderation.errors import BadArtifact
    from moderation.workflows.models import note_bundled

    try:
        await note_bundled(folder=house.models, open_work=house.database.open_work, now=house.now())
    except BadArtifact as error:
        # What was trained here is in the database, and can serve all the same.
        click.echo(f"moderation: {error}", err=True)
