"""`moderation site`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.cli import one_line
from moderation.cli.store import in_house, json_lines_option, json_option, show

if TYPE_CHECKING:
    from moderation.wiring import House
    from moderation.workflows.sites import Credentials


@click.group()
def site() -> None:
    """Add sites, set them, and give them keys."""


@site.command()
@click.argument("slug")
@click.option("--url", required=True, help="Where the site is read, such as https://planet.example.com")
@json_option
def add(slug: str, url: str, as_json: bool) -> None:
    """Add a site and print its key and webhook secret, once."""
    from moderation.workflows.sites import add_site

    async def task(house: House) -> Credentials:
        return await add_site(slug, url, open_work=house.database.open_work, vault=house.vault, now=house.now())

    _show_once(in_house(task), as_json)


@site.command()
@click.argument("slug")
@json_option
def rotate(slug: str, as_json: bool) -> None:
    """Give a site a new key and webhook secret. The old pair stays good for a day."""
    from moderation.workflows.sites import rotate_site

    async def task(house: House) -> Credentials:
        return await rotate_site(slug, open_work=house.database.open_work, vault=house.vault, now=house.now())

    _show_once(in_house(task), as_json)


@site.command(name="list")
@json_lines_option
def list_sites(as_json: bool) -> None:
    """List the sites."""

    async def task(house: House) -> list[dict[str, object]]:
        async with house.database.open_reading() as work:
            return [{"site": each.slug, "url": each.url, "set": each.settings} for each in await work.sites.all()]

    for each in in_house(task):
        show(each, as_json=True) if as_json else click.echo(f"{each['site']}  {each['url']}")


@site.command(name="set")
@click.argument("slug")
@click.argument("assignments", nargs=-1, metavar="NAME=VALUE…")
@json_option
def set_settings(slug: str, assignments: tuple[str, ...], as_json: bool) -> None:
    """Change settings of a site; without NAME=VALUE, show all of them.

    A word list is separated by commas, or read from a file: blocked_words=@words.txt
    """
    from moderation.errors import Invalid, WrongUse
    from moderation.policy import SETTINGS, policy_to_json
    from moderation.workflows.directory import site_of
    from moderation.workflows.sites import present_site
    from moderation.workflows.sites import set_site as change

    async def task(house: House) -> dict[str, object]:
        if wanted:
            settings = await _with_budgets(house, slug, wanted)
            policy = await change(
                slug, settings, open_work=house.database.open_work, defaults=house.defaults, now=house.now()
            )
            return policy_to_json(policy)
        async with house.database.open_reading() as work:
            return policy_to_json(site_of(await present_site(work, slug), house.defaults).policy)

    try:
        wanted = read_assignments(assignments)
        values = in_house(task)
    except Invalid as error:
        # A setting is called `moderation`, like the command in front of the line.
        raise WrongUse(f"setting {one_line(error)}") from None
    if as_json:
        show(values, as_json=True)
        return
    for name in wanted or values:
        click.echo(f"{name}={_shown(name, values[name])}" + ("" if wanted else f"\n    {SETTINGS[name].sentence}"))


async def _with_budgets(house: House, slug: str, wanted: dict[str, object]) -> dict[str, object]:
    """Returns what is wanted, with the thresholds that follow from budgets among it."""
    from moderation.policy import policy_from_json
    from moderation.workflows.budget import with_budgets
    from moderation.workflows.directory import site_of
    from moderation.workflows.sites import present_site

    database = house.database
    async with database.open_reading() as work:
        stored = await present_site(work, slug)
    policy = policy_from_json({**stored.settings, **wanted}, house.defaults)
    site = site_of(stored, house.defaults)
    return await with_budgets(
        site, policy, wanted, folder=house.models, open_reading=database.open_reading, now=house.now()
    )


def _shown(name: str, value: object) -> object:
    """Word lists are long, and not everybody who looks over a shoulder should read them."""
    if not isinstance(value, list):
        return value
    return f"{len(value)} words" if name.endswith("_words") else ",".join(value)


def read_assignments(assignments: tuple[str, ...]) -> dict[str, object]:
    """Returns what NAME=VALUE… is to store. Raises Invalid with everything that is wrong."""
    from moderation.errors import FieldError, Invalid
    from moderation.policy import SETTINGS, parse_setting

    wanted: dict[str, object] = {}
    wrong: list[FieldError] = []
    for name, value in map(_assignment, assignments):
        try:
            parsed = parse_setting(name, value)
        except Invalid as error:
            wrong.extend(error.errors)
        else:
            wanted[name] = SETTINGS[name].kind.to_json(parsed)
    if wrong:
        raise Invalid(wrong)
    return wanted


def _assignment(text: str) -> tuple[str, str]:
    from moderation.errors import WrongUse

    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"{text!r} is not NAME=VALUE.")
    if value.startswith("@"):
        try:
            value = Path(value[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.ClickException(f"{value[1:]} cannot be read: {error}") from None
    try:
        value.encode()
    except UnicodeEncodeError:
        raise WrongUse(f"The value of {name!r} is no text in UTF-8.") from None
    return name, value


def _show_once(credentials: Credentials, as_json: bool) -> None:
    fields = {
        "site": credentials.site,
        "api_key": credentials.api_key,
        "webhook_secret": credentials.webhook_secret,
    }
    show(fields, as_json=as_json)
    if not as_json:
        click.echo("Keep them now: they are not shown again.", err=True)
