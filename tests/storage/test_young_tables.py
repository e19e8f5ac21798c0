"""PostgreSQL finds what it is asked for by an index from the first comment on, before anyone has analysed a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from sqlalchemy import text

from moderation.storage.database import OpenWork
from moderation.storage.work import Work
from moderation.wiring import Service
from moderation.workflows.deliver import LEASE
from moderation.workflows.directory import KnownSite
from moderation.workflows.memory import recall
from moderation.workflows.sealing import seal
from tests.makers import a_submission, an_arrival
from tests.receivers import a_receiver, well
from tests.workflows.delivering import told

BATCH = 64
_READ = text("SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables")


def unlike_any_other() -> str:
    """Returns a text that has no run of characters in common with the others."""
    return f"{uuid4().hex} {uuid4().hex}"


async def rows_read(service: Service, do: Callable[[Work], Awaitable[object]]) -> int:
    """Returns how many rows the server reads for this."""

    async def look(open_work: OpenWork) -> int:
        async with open_work() as work:
            before = (await work.connection.execute(_READ)).scalar_one()
            await do(work)
            return int((await work.connection.execute(_READ)).scalar_one() - before)

    return await service.house.database.at_once(look)


async def take_in(service: Service, known: KnownSite, count: int) -> None:
    """Takes so many comments in, faster than any table is analysed."""
    arrivals = [an_arrival(text=unlike_any_other()) for _ in range(count)]
    for start in range(0, count, BATCH):
        await service._submit([(known, arrival) for arrival in arrivals[start : start + BATCH]])


@pytest.mark.parametrize("migrated_database_url", ["postgresql"], indirect=True)
async def test_a_batch_reads_few_rows_however_fast_the_tables_have_grown(service: Service, known: KnownSite) -> None:
    submissions = [a_submission(text=unlike_any_other()) for _ in range(BATCH)]
    new = seal([(submission, None) for submission in submissions], site=known.site, vault=service.house.vault)
    await take_in(service, known, 40 * BATCH)

    assert await rows_read(service, lambda work: recall(work, known.site, new, now=service.now())) < 2 * BATCH


@pytest.mark.parametrize("migrated_database_url", ["postgresql"], indirect=True)
async def test_what_is_to_be_told_is_found_without_reading_it_all_again_and_again(
    service: Service, known: KnownSite
) -> None:
    waiting = 20 * BATCH
    async with a_receiver(well) as receiver:
        await told(service.house, known, receiver)
    [endpoint] = [each.endpoint.id for each in await service.house.endpoints().all()]
    await take_in(service, known, waiting)
    now = service.now()

    read = await rows_read(service, lambda work: work.dispatches.take(endpoint, 4, now=now, until=now + LEASE))

    assert read < 4 * waiting
