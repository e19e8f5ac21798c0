"""What a running service does by the clock, besides answering."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from moderation import metrics
from moderation.errors import StorageUnavailable

log = structlog.stdlib.get_logger(__name__)


class Diary:
    """Which tasks have failed when they ran last."""

    def __init__(self) -> None:
        self.failing: set[str] = set()


async def repeat(
    task: Callable[[], Awaitable[object]], *, name: str, seconds: float, diary: Diary | None = None
) -> None:
    """Runs a task again and again, with a pause between runs. A run that fails is logged, and the next one comes."""
    diary = diary or Diary()
    while True:
        try:
            await task()
            diary.failing.discard(name)
        except StorageUnavailable as error:
            diary.failing.add(name)
            log.warning("upkeep_postponed", task=name, problem=str(error))
        except Exception as error:
            diary.failing.add(name)
            metrics.UNEXPECTED_ERRORS.labels("upkeep").inc()
            log.error("upkeep_failed", task=name, exc_info=error)
        await asyncio.sleep(seconds)
