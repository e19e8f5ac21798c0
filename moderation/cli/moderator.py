"""`moderation moderator`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from moderation.cli.store import in_house, json_option, show

if TYPE_CHECKING:
    from moderation.wiring import House


@click.group()
def moderator() -> None:
    """Give people accounts and tokens."""


@moderator.command()
@click.argument("name")
@click.option("--role", type=click.Choice(["moderator", "admin"]), required=True)
@click.option("--site", "sites", multiple=True, help="A site they may rule on; may be repeated.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@json_option
def add(name: str, role: str, sites: tuple[str, ...], password_stdin: bool, as_json: bool) -> None:
    """Add an account. Without --password-stdin it asks for a password on a terminal, and else sets none."""
    from moderation.domain import Role
    from moderation.workflows.moderators import add_moderator

    password = _password(password_stdin)

    async def task(house: House) -> None:
        await add_moderator(
            name, Role(role), sites, password=password, open_work=house.database.open_work, now=house.now()
        )

    in_house(task)
    show({"name": name, "role": role}, as_json=as_json)


@moderator.command()
@click.argument("name")
@json_option
def token(name: str, as_json: bool) -> None:
    """Print a new token for the API, once."""
    from moderation.workflows.moderators import add_token

    async def task(house: House) -> str:
        return await add_token(name, open_work=house.database.open_work, now=house.now())

    made = in_house(task)
    show({"token": made}, as_json=True) if as_json else click.echo(made)


@moderator.command()
@click.argument("name")
@json_option
def disable(name: str, as_json: bool) -> None:
    """End an account and its tokens at once. What it decided stays."""
    from moderation.workflows.moderators import disable_moderator

    async def task(house: House) -> None:
        await disable_moderator(name, open_work=house.database.open_work, now=house.now())

    in_house(task)
    show({"name": name, "disabled": True}, as_json=True) if as_json else click.echo(f"{name} is disabled.")


@moderator.command("set")
@click.argument("name")
@click.option("--role", type=click.Choice(["moderator", "admin"]))
@click.option("--site", "sites", multiple=True, help="A site they may rule on, instead of those before; repeatable.")
@json_option
def set_(name: str, role: str | None, sites: tuple[str, ...], as_json: bool) -> None:
    """Give an account another role, or other sites."""
    from moderation.domain import Role
    from moderation.workflows.moderators import change_moderator

    wanted = Role(role) if role else None

    async def task(house: House) -> Role:
        open_work, now = house.database.open_work, house.now()
        return (await change_moderator(name, role=wanted, sites=sites, open_work=open_work, now=now)).role

    show({"name": name, "role": str(in_house(task))}, as_json=as_json)


@moderator.command()
@click.argument("name")
@click.option("--second-factor", is_flag=True, help="Take the second factor away as well.")
@json_option
def reset(name: str, second_factor: bool, as_json: bool) -> None:
    """Print a link, good for a day and once, with which somebody chooses a new password."""
    from moderation.web.sessions import LINK_PATH
    from moderation.workflows.moderators import reset_moderator

    async def task(house: House) -> str:
        open_work, now = house.database.open_work, house.now()
        return await reset_moderator(name, open_work=open_work, now=now, second_factor=second_factor)

    path = LINK_PATH + in_house(task)
    show({"path": path}, as_json=True) if as_json else click.echo(f"Open on the address of the service: {path}")


def _password(from_stdin: bool) -> str | None:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return None
