"""What the commands share: settings that were read, a store that is up to date, and one event loop."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from moderation.settings import Settings
    from moderation.wiring import House

Result = TypeVar("Result")

CLEAR_LINE = "\r\x1b[K"


def command_settings() -> Settings:
    """Reads the settings, and sends what goes wrong on the way to standard error. Raises WrongUse.

    Standard output is for results: a log line there would spoil `--json`.
    """
    from moderation.logs import configure_logs
    from moderation.settings import read_settings

    settings = read_settings()
    configure_logs(settings.log_format, "error" if settings.log_level == "error" else "warning")
    return settings


def in_house(task: Callable[[House], Awaitable[Result]]) -> Result:
    """Opens store and vault, runs a task with them, and closes them."""
    settings = command_settings()
    # Here, and not above: `--help` must not wait for SQLAlchemy.
    from moderation.wiring import open_house, prepare_store

    prepare_store(settings)

    async def run() -> Result:
        async with open_house(settings) as house:
            return await task(house)

    return asyncio.run(run())


def progress_bar(length: int | None, label: str) -> ProgressBar[int]:
    """Returns a bar on standard error that shows on a terminal and nowhere else."""
    return click.progressbar(length=length, label=label, show_eta=True, file=sys.stderr, hidden=not sys.stderr.isatty())


def complain(bar: ProgressBar[int], sentence: str) -> None:
    """Prints a line on standard error, above the bar where one shows."""
    # Back to the begin of the line, and empty it: the bar draws itself again below.
    click.echo(f"{'' if bar.hidden else CLEAR_LINE}{sentence}", err=True)


def show(fields: dict[str, Any], *, as_json: bool) -> None:
    """Prints fields as one line of JSON, or one a line for people."""
    if as_json:
        click.echo(json.dumps(fields, default=str))
        return
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        click.echo(f"{name.ljust(width)}  {value}")


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
json_lines_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
