"""PostgreSQL finds what it is asked for by an index from the first comment on, before anyone has analysed a table."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import text

from moderation.domain import SealedSubmission
from moderation.storage.database import OpenWork
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.memory import recall
from moderation.workflows.sealing import seal
from tests.makers import a_submission, an_arrival

BATCH = 64
_READ = text("SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables")


def unlike_any_other() -> str:
    """Returns a text that has no run of characters in common with the others."""
    return f"{uuid4().hex} {uuid4().hex}"


async def rows_read(service: Service, known: KnownSite, submissions: list[SealedSubmission]) -> int:
    """Returns how many rows the server reads to recall what judging these needs."""

    async def look(open_work: OpenWork) -> int:
        async with open_work() as work:
            before = (await work.connection.execute(_READ)).scalar_one()
            await recall(work, known.site, submissions, now=service.now())
            return int((await work.connection.execute(_READ)).scalar_one() - before)

    return await service.house.database.at_once(look)


@pytest.mark.parametrize("migrated_database_url", ["postgresql"], indirect=True)
async def test_a_batch_reads_few_rows_however_fast_the_tables_have_grown(service: Service, known: KnownSite) -> None:
    arrivals = [an_arrival(text=unlike_any_other()) for _ in range(40 * BATCH)]
    submissions = [a_submission(text=unlike_any_other()) for _ in range(BATCH)]
    new = seal([(submission, None) for submission in submissions], site=known.site, vault=service.house.vault)

    for start in range(0, len(arrivals), BATCH):
        await service._submit([(known, arrival) for arrival in arrivals[start : start + BATCH]])

    assert await rows_read(service, known, new) < 2 * BATCH
