"""`moderation erase`."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from moderation.cli.store import in_house, json_option, show

if TYPE_CHECKING:
    from moderation.wiring import House
    from moderation.workflows.erase import Erased


@click.command()
@click.argument("email")
@click.option("--site", "slug", required=True, metavar="SLUG", help="The site on which the person is forgotten.")
@json_option
def erase(email: str, slug: str, as_json: bool) -> None:
    """Forget a person on a site: every comment, and the address. It cannot be undone.

    EMAIL may be -: then the address is read from standard input, and stands in no list of commands.
    """
    address = _address(sys.stdin.readline().strip() if email == "-" else email)

    async def task(house: House) -> Erased:
        from moderation.storage.erasure import scrub
        from moderation.workflows.erase import erase_author

        database = house.database
        erased = await erase_author(slug, address, open_work=database.open_work, vault=house.vault, now=house.now)
        # Also when nothing was left to erase: an earlier run may have ended before it came to this.
        await asyncio.to_thread(scrub, database.url)
        return erased

    erased = in_house(task)
    if as_json:
        show({"erased": erased.comments, "notices": erased.notices}, as_json=True)
    else:
        click.echo(f"Comments erased: {erased.comments}. Notices without their sender now: {erased.notices}.")


def _address(given: str) -> str:
    """Returns an address as it is recognised. Raises UsageError, which does not repeat it."""
    from pydantic_core import PydanticCustomError

    from moderation.intake.addresses import email

    try:
        return email(given)
    except PydanticCustomError:
        raise click.UsageError("EMAIL is no e-mail address.") from None
