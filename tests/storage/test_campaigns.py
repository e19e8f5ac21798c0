"""A campaign is decided as it stands when it is locked, and counted up to a bound."""

from __future__ import annotations

import asyncio
from uuid import UUID

from sqlalchemy import update

from moderation.clock import new_id
from moderation.domain import Campaign, QueueFilter, Sketch, Status
from moderation.storage.database import Database
from moderation.storage.tables import comments
from tests.storage.test_sketches import HERE, NOW, database, kept
from tests.workflows.steps import until_somebody_waits_for_a_lock

__all__ = ["database"]


async def a_campaign(database: Database, count: int) -> list[UUID]:
    """Keeps so many pending comments that bear the name of the first; returns their ids, oldest first."""
    ids = sorted([await kept(database, Sketch((number,) * 24, (number,) * 4)) for number in range(count)])
    async with database.open_work() as work:
        await work.connection.execute(update(comments).values(status=Status.PENDING))
        await work.connection.execute(update(comments).where(comments.c.id.in_(ids[1:])).values(campaign=ids[0]))
        await work.commit()
    return ids


async def test_who_leaves_a_campaign_while_it_is_locked_is_not_decided_with_it(database: Database) -> None:
    ids = await a_campaign(database, 3)

    async def lock() -> list[UUID]:
        async with database.open_work() as work:
            return await work.queue.lock_all(HERE, QueueFilter(campaign=ids[0]))

    async with database.open_work() as work:
        elsewhere = update(comments).where(comments.c.id == ids[1]).values(campaign=new_id(NOW))
        await work.connection.execute(elsewhere)
        locking = asyncio.create_task(lock())
        await until_somebody_waits_for_a_lock(database)
        await work.commit()

    assert await locking == [ids[0], ids[2]]


async def test_of_a_campaign_that_is_too_large_the_oldest_are_counted_as_they_are_decided(database: Database) -> None:
    ids = await a_campaign(database, 7)
    for most, count in ((7, 7), (5, 5), (2, 2)):
        async with database.open_reading() as work:
            found = await work.campaigns.waiting([ids[3]], most=most)
        assert found == {ids[0]: Campaign(count, ids[0], ids[count - 1])}
        async with database.open_work() as work:
            wanted = QueueFilter(campaign=ids[0], up_to=found[ids[0]].last)
            assert await work.queue.lock_all(HERE, wanted) == ids[:count]
