"""What the commands share: settings that were read, a store that is up to date, and one event loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from moderation.settings import Settings, read_settings
from moderation.wiring import House, open_house, prepare_store

Result = TypeVar("Result")


def in_house(task: Callable[[House], Awaitable[Result]], settings: Settings | None = None) -> Result:
    """Opens store and vault, runs a task with them, and closes them."""
    settings = settings or read_settings()
    prepare_store(settings)

    async def run() -> Result:
        async with open_house(settings) as house:
            return await task(house)

    return asyncio.run(run())


def show(fields: dict[str, Any], *, as_json: bool) -> None:
    """Prints fields as one line of JSON, or one a line for people."""
    if as_json:
        click.echo(json.dumps(fields, default=str))
        return
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        click.echo(f"{name.ljust(width)}  {value}")


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
