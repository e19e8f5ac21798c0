"""One process at a time trains for a site: by a lease in the database, and by the clock of the database.

Its holder renews it again and again. One that dies renews it no more, and another may begin when the lease is over; one
that was only slow finds out at the end, in the transaction that would keep the result, and keeps nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import structlog

from moderation.errors import Raced, StorageUnavailable, TrainingElsewhere
from moderation.storage.database import OpenWork
from moderation.storage.work import Work

log = structlog.stdlib.get_logger(__name__)

LEASE = timedelta(seconds=60)
BEAT_SECONDS = 15.0


@asynccontextmanager
async def training_lease(
    site: UUID,
    holder: UUID | None = None,
    *,
    open_work: OpenWork,
    lease: timedelta = LEASE,
    beat_seconds: float = BEAT_SECONDS,
) -> AsyncIterator[UUID]:
    """Holds the lease of a site, and gives it back. Raises TrainingElsewhere if another than `holder` has it."""
    holder = holder or uuid4()
    await _take(site, holder, open_work=open_work, lease=lease)
    beating = asyncio.create_task(_beat(site, holder, open_work=open_work, lease=lease, seconds=beat_seconds))
    try:
        yield holder
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await _give_back(site, holder, open_work=open_work)


async def still_mine(work: Work, site: UUID, holder: UUID) -> None:
    """Raises TrainingElsewhere if another trains for the site by now; else nobody can begin before the commit."""
    if not await work.training.hold(site, holder, lease=LEASE):
        raise TrainingElsewhere("Another process has begun to train for this site meanwhile; nothing was kept.")


async def _take(site: UUID, holder: UUID, *, open_work: OpenWork, lease: timedelta) -> None:
    try:
        async with open_work() as work:
            taken = await work.training.take(site, holder, lease=lease)
            await work.commit()
    except Raced:
        taken = False
    if not taken:
        raise TrainingElsewhere("Another process trains for this site at the moment.")


async def _beat(site: UUID, holder: UUID, *, open_work: OpenWork, lease: timedelta, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            async with open_work() as work:
                await work.training.hold(site, holder, lease=lease)
                await work.commit()
        except StorageUnavailable:
            log.warning("lease_not_renewed")


async def _give_back(site: UUID, holder: UUID, *, open_work: OpenWork) -> None:
    try:
        async with open_work() as work:
            await work.training.hold(site, holder, lease=timedelta(0))
            await work.commit()
    except StorageUnavailable:
        log.warning("lease_not_given_back")  # it ends by itself
