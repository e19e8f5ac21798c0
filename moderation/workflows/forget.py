"""What is kept for a while only is forgotten in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.work import Work
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.login import forget_logins
from moderation.workflows.repeats import WINDOW
from moderation.workflows.unhurried import PART, unhurried

# As long as that, a site can be told again what it was told. What still waits is kept for longer.
EVENTS_ARE_KEPT = timedelta(days=30)
# Whoever complains is known again for half a year, as long as authors may appeal: long enough to know whom to believe.
REPORTERS_ARE_KNOWN = timedelta(days=184)


async def forget(
    *,
    at_once: AtOnce,
    open_work: OpenWork,
    now: datetime,
    address_days: int,
    replay_days: int,
) -> int:
    """Forgets IP networks, their fingerprints and user agents, sketches of texts, the ids of old deliveries, events
    that were told, who has reported a comment long ago, and sessions, links and tries to log in whose time is over.
    Returns how many."""

    async def traces(work: Work) -> int:
        return await work.comments.forget_traces_before(now - timedelta(days=address_days), limit=PART)

    async def sketches(work: Work) -> int:
        return await work.sketches.forget_before(now - WINDOW, limit=PART)

    async def events(work: Work) -> int:
        return await work.outbox.forget_before(now - EVENTS_ARE_KEPT, limit=PART)

    async def reporters(work: Work) -> int:
        return await work.reports.forget_reporters_before(now - REPORTERS_ARE_KNOWN, limit=PART)

    async def deliveries(work: Work) -> int:
        return await work.deliveries.forget_before(now - timedelta(days=replay_days), limit=PART)

    forgotten = 0
    for forget_some in (events, traces, sketches, reporters, deliveries):
        forgotten += await _all(forget_some, at_once=at_once, now=now)
    return forgotten + await forget_logins(open_work=open_work, now=now)


async def _all(forget_some: Callable[[Work], Awaitable[int]], *, at_once: AtOnce, now: datetime) -> int:
    """Forgets until there is no more."""

    async def forget_part(work: Work, _: datetime) -> int:
        return await forget_some(work)

    forgotten = 0
    while True:
        async with unhurried():
            count = await in_one_go(forget_part, at_once=at_once, now=lambda: now)
            forgotten += count
            if count < PART:
                return forgotten
