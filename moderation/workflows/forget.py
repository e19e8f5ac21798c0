"""What is kept for a while only is forgotten in time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from moderation.storage.work import Work

BATCH = 1000


async def forget(
    *,
    open_work: Callable[[], AbstractAsyncContextManager[Work]],
    now: datetime,
    address_days: int,
    replay_days: int,
) -> int:
    """Forgets IP networks, their fingerprints and user agents, and the ids of old deliveries. Returns how many."""
    forgotten = 0
    while True:
        # In steps, so that no comment has to wait for a long transaction.
        async with open_work() as work:
            step = await work.comments.forget_traces_before(now - timedelta(days=address_days), limit=BATCH)
            await work.commit()
        forgotten += step
        if step < BATCH:
            break
    async with open_work() as work:
        forgotten += await work.deliveries.forget_before(now - timedelta(days=replay_days))
        await work.commit()
    return forgotten
