"""Several things that happen to one comment at once, at one instance or at two."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from moderation.clock import utc_now
from moderation.domain import Delivery, Edit, Reason, Status
from moderation.errors import AlreadyDecided, ModerationError, NotFound
from moderation.storage.tables import appeals, comments
from moderation.wiring import Service
from moderation.workflows.appeal_links import appeal_key
from moderation.workflows.appeals import appeal
from moderation.workflows.directory import KnownSite
from tests.makers import an_arrival
from tests.workflows.steps import accepted, count_of, ruled


async def test_ten_edits_at_once_at_two_instances_are_all_obeyed_and_the_newest_stays(
    service: Service, other: Service, known: KnownSite
) -> None:
    await service.submissions.put((known, an_arrival(external_id="c-1")))

    receipts = await asyncio.gather(
        *(
            (service, other)[number % 2].edit(
                known,
                Edit("c-1", f"Text number {number}"),
                Delivery(f"d-{number}", bytes([number]) * 32),
                said_at=service.now() + timedelta(seconds=number),
            )
            for number in range(10)
        )
    )

    assert len({receipt.id for receipt in receipts}) == 1
    async with service.open_reading() as work:
        page = await work.reading.page(known.site.id, "a-1", after="", limit=10)
    assert [comment.text for comment in page.comments] == ["Text number 9"]


async def until_somebody_waits(service: Service) -> None:
    """Returns when a transaction waits for another one's lock. On SQLite it waits for its turn, before it begins."""
    if service.house.database.url.get_backend_name() == "sqlite":
        return
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(5), service.open_reading() as work:
        while not (await work.connection.execute(waiting)).scalar_one():  # noqa: ASYNC110 - only the server knows
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("meanwhile", "refusal"),
    [({"status": Status.APPROVED, "version": 3}, AlreadyDecided), ({"deleted_at": utc_now()}, NotFound)],
    ids=["approved", "deleted"],
)
async def test_an_appeal_that_waited_for_somebody_else_sees_what_they_did(
    service: Service, known: KnownSite, meanwhile: dict[str, object], refusal: type[ModerationError]
) -> None:
    vault, database = service.house.vault, service.house.database
    receipt = await accepted(service, known, an_arrival(external_id="c-1"))
    await ruled(database, "c-1", Status.REJECTED, Reason.ABUSE, now=service.now())
    key = appeal_key(vault, known.site.id, receipt.id, 2)
    async with service.open_work() as work:
        await work.connection.execute(update(comments).values(**meanwhile))
        late = asyncio.create_task(
            appeal(known.site, key, "I was quoting.", at_once=service.at_once, vault=vault, now=service.now)
        )
        await until_somebody_waits(service)
        await work.commit()

    with pytest.raises(refusal):
        await late
    assert await count_of(database, appeals) == 0
