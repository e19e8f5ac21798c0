"""`moderation migrate`."""

from __future__ import annotations

import click


@click.command()
def migrate() -> None:
    """Bring the tables of the database up to date.

    Safe to run in several places at once: one of them does it, the others wait.
    """
    from moderation.cli.store import command_settings
    from moderation.storage.migrations import schema_of, upgrade

    url = command_settings().store_url
    before = schema_of(url)
    upgrade(url)
    click.echo(f"The tables are up to date (they were {before.value}).")
