"""What a running service does by the clock, besides answering."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from moderation import metrics
from moderation.errors import StorageUnavailable

log = structlog.stdlib.get_logger(__name__)


async def repeat(task: Callable[[], Awaitable[object]], *, name: str, seconds: float) -> None:
    """Runs a task again and again, with a pause between runs. A run that fails is logged, and the next one comes."""
    while True:
        try:
            await task()
        except StorageUnavailable as error:
            log.warning("upkeep_postponed", task=name, problem=str(error))
        except Exception as error:
            metrics.UNEXPECTED_ERRORS.labels("upkeep").inc()
            log.error("upkeep_failed", task=name, exc_info=error)
        await asyncio.sleep(seconds)
