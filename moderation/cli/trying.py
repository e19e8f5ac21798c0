"""`moderation models shadow` and `moderation models backtest`: what a model would do, before it does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from moderation.cli.store import in_house, json_option, show

if TYPE_CHECKING:
    from moderation.domain import Site
    from moderation.wiring import House
    from moderation.workflows.backtest import Backtest

_LONGEST = 100  # characters of a sample

site_option = click.option("--site", "slug", required=True, metavar="SLUG", help="The site whose comments these are.")


@click.command()
@click.argument("version", required=False)
@site_option
@click.option("--off", is_flag=True, help="End the shadow and forget its scores.")
@json_option
def shadow(version: str | None, slug: str, off: bool, as_json: bool) -> None:
    """Let a version score a site's comments beside the one that decides; without VERSION, show what it has found."""
    from moderation.storage.audit import COMMAND_LINE
    from moderation.workflows.shadow import begin_shadow, end_shadow, seen_in_shadow

    async def task(house: House) -> Backtest | None:
        site, open_work, now = await _site(house, slug), house.database.open_work, house.now()
        if off:
            await end_shadow(site.id, open_work=open_work, by=COMMAND_LINE, now=now)
        elif version is not None:
            await begin_shadow(site, version, folder=house.models, open_work=open_work, by=COMMAND_LINE, now=now)
        else:
            return (await seen_in_shadow(site, open_reading=house.database.open_reading, now=now))[1]
        return None

    found = in_house(task)
    if found is not None:
        _show(found, as_json)
    else:
        show({"site": slug, "shadow": None if off else version}, as_json=as_json)


@click.command()
@click.argument("assignments", nargs=-1, metavar="NAME=VALUE…")
@site_option
@click.option("--model", "version", metavar="VERSION", help="Score with this version instead of the one that serves.")
@click.option("--comments", "tried", default=1_000, show_default=True, type=click.IntRange(1, 20_000))
@json_option
def backtest(assignments: tuple[str, ...], slug: str, version: str | None, tried: int, as_json: bool) -> None:
    """Try another model, other thresholds or other rules on the latest stored comments of a site.

    Tells who would have been treated differently, with samples, and changes nothing.
    """
    from moderation.cli.site import read_assignments
    from moderation.policy import policy_from_json
    from moderation.workflows.backtest import backtest as try_on
    from moderation.workflows.models import load_version
    from moderation.workflows.sites import present_site

    async def task(house: House) -> Backtest:
        open_reading = house.database.open_reading
        site = await _site(house, slug)
        async with open_reading() as work:
            stored = await present_site(work, slug)
        policy = policy_from_json({**stored.settings, **wanted}, house.defaults)
        classifier = await load_version(version, folder=house.models, open_reading=open_reading) if version else None
        return await try_on(site, policy, classifier, open_reading=open_reading, now=house.now(), tried=tried)

    wanted = read_assignments(assignments)
    _show(in_house(task), as_json)


async def _site(house: House, slug: str) -> Site:
    from moderation.workflows.directory import site_of
    from moderation.workflows.sites import present_site

    async with house.database.open_reading() as work:
        return site_of(await present_site(work, slug), house.defaults)


def _show(found: Backtest, as_json: bool) -> None:
    moves = [(now, then, count) for (now, then), count in found.moves.items() if now is not then]
    if as_json:
        samples = [
            {"id": str(each.comment.id), "now": each.now.status, "then": each.then.status, "reason": each.then.reason}
            for each in found.samples
        ]
        listed = [{"now": now, "then": then, "comments": count} for now, then, count in moves]
        show({"tried": found.tried, "changed": found.changed, "moves": listed, "samples": samples}, as_json=True)
        return
    click.echo(f"Of the latest {found.tried} comments, {found.changed} would be treated differently.")
    for now, then, count in moves:
        click.echo(f"  {now} → {then}: {count}")
    for each in found.samples:
        # Of a reader: in one line, and nothing that a terminal would obey.
        text = "".join(letter if letter.isprintable() else " " for letter in each.comment.text)[:_LONGEST]
        click.echo(f"  {each.comment.id}  {each.now.status} → {each.then.status}  {text}")
