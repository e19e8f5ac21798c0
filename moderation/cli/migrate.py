"""`moderation migrate`."""

from __future__ import annotations

import click

from moderation.cli.store import json_option, show


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the tables of the database up to date.

    Safe to run in several places at once: one of them does it, the others wait.
    """
    from moderation.cli.store import command_settings
    from moderation.storage.migrations import schema_of, upgrade

    url = command_settings().store_url
    before = schema_of(url)
    upgrade(url)
    if as_json:
        show({"schema_before": before.value}, as_json=True)
    else:
        click.echo(f"The tables are up to date (they were {before.value}).")
