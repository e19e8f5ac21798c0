"""What is kept for a while only is forgotten in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from moderation.storage.work import Work
from moderation.workflows.login import forget_logins
from moderation.workflows.repeats import WINDOW

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]

BATCH = 1000
# With what became of them: so long can a site be told again. What still waits is kept.
EVENTS_ARE_KEPT = timedelta(days=30)
# Who complains is known again for half a year, as long as authors may appeal: long enough to know whom to believe.
REPORTERS_ARE_KNOWN = timedelta(days=184)


async def forget(
    *,
    open_work: OpenWork,
    now: datetime,
    address_days: int,
    replay_days: int,
) -> int:
    """Forgets IP networks, their fingerprints and user agents, sketches of texts, the ids of old deliveries, events
    that were told, who has reported a comment long ago, and sessions, links and tries to log in whose time is over.
    Returns how many."""

    async def traces(work: Work) -> int:
        return await work.comments.forget_traces_before(now - timedelta(days=address_days), limit=BATCH)

    async def sketches(work: Work) -> int:
        return await work.sketches.forget_before(now - WINDOW, limit=BATCH)

    async def events(work: Work) -> int:
        return await work.outbox.forget_before(now - EVENTS_ARE_KEPT, limit=BATCH)

    async def reporters(work: Work) -> int:
        return await work.reports.forget_reporters_before(now - REPORTERS_ARE_KNOWN, limit=BATCH)

    forgotten = await _in_steps(events, open_work=open_work)
    forgotten += await _in_steps(traces, open_work=open_work) + await _in_steps(sketches, open_work=open_work)
    forgotten += await _in_steps(reporters, open_work=open_work)
    async with open_work() as work:
        forgotten += await work.deliveries.forget_before(now - timedelta(days=replay_days))
        await work.commit()
    return forgotten + await forget_logins(open_work=open_work, now=now)


async def _in_steps(forget_some: Callable[[Work], Awaitable[int]], *, open_work: OpenWork) -> int:
    """Forgets until there is no more. In steps, so that no comment has to wait for a long transaction."""
    forgotten = 0
    while True:
        async with open_work() as work:
            step = await forget_some(work)
            await work.commit()
        forgotten += step
        if step < BATCH:
            return forgotten
