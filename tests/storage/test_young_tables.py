"""PostgreSQL finds what it is asked for by an index from the first comment on, before anyone has analysed a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from sqlalchemy import Text, func, insert, select, text, true

from moderation.domain import ArticleUpdate, Moderation, QueueFilter, Reason, Sort
from moderation.storage.database import OpenWork
from moderation.storage.tables import comments
from moderation.storage.work import Work
from moderation.wiring import Service
from moderation.workflows.deliver import LEASE
from moderation.workflows.directory import KnownSite
from moderation.workflows.memory import recall
from moderation.workflows.sealing import seal
from tests.makers import a_submission, an_arrival
from tests.receivers import a_receiver, well
from tests.workflows.delivering import told
from tests.workflows.steps import a_delivery

BATCH = 64
WAITING = 30_000
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


@pytest.mark.parametrize("migrated_database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "wanted",
    [
        QueueFilter(words=("plumcake",)),
        QueueFilter(words=("plumcake", "tea"), reason=Reason.PREMODERATED),
        QueueFilter(words=("plumcake",), article="a-1"),
    ],
    ids=["alone", "with a reason", "with an article"],
)
async def test_a_rare_word_is_found_without_reading_all_that_waits(
    service: Service, known: KnownSite, wanted: QueueFilter
) -> None:
    held = ArticleUpdate("a-1", moderation=Moderation.PRE, given=frozenset({"moderation"}))
    await service.update_article(known, held, a_delivery("d-1"), said_at=service.now())
    await service._submit([(known, an_arrival(text="With the tea there was plumcake."))])
    await multiply(service, WAITING)
    site = known.site.id

    async def look(work: Work) -> None:
        assert await work.queue.count(site, wanted) == 1
        assert len(await work.queue.page(site, wanted, Sort.RISK, after=None, limit=50, few=True)) == 1
        assert len(await work.queue.lock_all(site, wanted)) == 1

    assert await rows_read(service, look) < BATCH


async def multiply(service: Service, count: int) -> None:
    """Adds so many comments like those that are there, with other words."""
    numbers = func.generate_series(1, count).table_valued("n").render_derived()
    said = func.md5(numbers.c.n.cast(Text))
    other = {"id": func.gen_random_uuid(), "external_id": said, "text": said}
    values = [other.get(each.name, each) for each in comments.c]
    async with service.open_work() as work:
        names = [each.name for each in comments.c]
        await work.connection.execute(insert(comments).from_select(names, select(*values).join(numbers, true())))
        await work.commit()
