"""Several things that happen to one comment at once, at one instance or at two."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from moderation.domain import Delivery, Edit
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from tests.makers import an_arrival


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
