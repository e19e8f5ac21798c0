"""What the drills of the store run in processes of their own: importable by name, so that `spawn` finds it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

from sqlalchemy import select, update

from moderation.storage.database import Database
from moderation.storage.migrations import upgrade
from moderation.storage.tables import sites


def in_processes(target: Callable[..., None], *arguments: Any, count: int) -> list[int | None]:
    """Runs a function in so many processes that begin together; returns their exit codes."""
    context = get_context("spawn")
    barrier = context.Barrier(count)
    processes = [context.Process(target=_after, args=(barrier, target, *arguments)) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def _after(barrier: Any, target: Callable[..., None], *arguments: Any) -> None:
    barrier.wait(60)
    target(*arguments)


def count_up(url: str, times: int) -> None:
    """Reads a number and writes the next one, so many times, each in one transaction."""

    async def run() -> None:
        database = Database(url)
        for _ in range(times):
            async with database.open_work() as work:
                read = (await work.connection.execute(select(sites.c.revision).with_for_update())).scalar_one()
                await work.connection.execute(update(sites).values(revision=read + 1))
                await work.commit()
        await database.close()

    asyncio.run(run())


def migrate_together(url: str) -> None:
    """Brings the tables up to date; the exit code tells how it went."""
    try:
        upgrade(url)
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error} ({error.__cause__})")
