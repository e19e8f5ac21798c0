"""`moderation keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from moderation.cli.store import in_house, json_option, progress_bar, show

if TYPE_CHECKING:
    from moderation.wiring import House
    from moderation.workflows.keys import Rotation


@click.group()
def keys() -> None:
    """Make and replace the keys that protect addresses."""


@keys.command()
@json_option
def new(as_json: bool) -> None:
    """Print a new secret key for MODERATION_SECRET_KEYS. Put it first, and keep the old ones behind it."""
    from moderation.privacy import new_secret_key

    key = new_secret_key()
    show({"key": key}, as_json=True) if as_json else click.echo(key)


@keys.command()
@json_option
def rotate(as_json: bool) -> None:
    """Seal every stored address and webhook secret with a new data key. The service may run meanwhile."""
    from moderation.workflows.keys import rotate as rotate_keys

    with progress_bar(1, "Sealing again") as bar:

        def progress(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos if total else 1)

        async def task(house: House) -> Rotation:
            return await rotate_keys(
                house.secret_keys, open_work=house.database.open_work, now=house.now, progress=progress
            )

        rotation = in_house(task)
    if as_json:
        show({"resealed": rotation.resealed, "removed": rotation.removed}, as_json=True)
    else:
        click.echo(_sentence(rotation))


def _sentence(rotation: Rotation) -> str:
    addresses = "1 address" if rotation.resealed == 1 else f"{rotation.resealed} addresses"
    removed = "1 old key was" if rotation.removed == 1 else f"{rotation.removed} old keys were"
    return f"{addresses} and all webhook secrets were sealed again; {removed} removed."
