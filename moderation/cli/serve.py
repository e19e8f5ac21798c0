"""`moderation serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from moderation.settings import Settings


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; more than one needs PostgreSQL.")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Run the service.

    The first start on the embedded database makes keys and a site, and prints once what you need, with a
    link for the administrator.
    """
    from moderation.cli.running import run_one
    from moderation.cli.team import run_several
    from moderation.logs import configure_logs
    from moderation.settings import read_settings, unread_variables
    from moderation.wiring import prepare_store

    given = {"host": host, "port": port, "workers": workers}
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logs(settings.log_format, settings.log_level)
    for remark in unread_variables():
        click.echo(f"moderation: {remark}", err=True)
    prepare_store(settings)
    if _processes(settings) > 1:
        run_several(settings)
    else:
        run_one(settings)


def _processes(settings: Settings) -> int:
    if settings.workers > 1 and settings.embedded:
        click.echo("moderation: SQLite has one writer, so one process serves; use PostgreSQL for more.", err=True)
        return 1
    return settings.workers
