"""A list of submissions becomes a list of receipts."""

from __future__ import annotations

import asyncio

from moderation.domain import Reason, Status
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Accepted
from tests.makers import an_arrival


async def test_a_comment_is_decided_stored_and_answered(service: Service, known: KnownSite) -> None:
    outcome = await service.submissions.put((known, an_arrival(external_id="c-1")))
    assert isinstance(outcome, Accepted)
    assert (outcome.new, outcome.receipt.status, outcome.receipt.reason) == (True, Status.APPROVED, Reason.CLEAN)


async def test_one_comment_that_arrives_twenty_times_at_once_is_one(service: Service, known: KnownSite) -> None:
    arrival = an_arrival(external_id="c-1")
    outcomes = await asyncio.gather(*(service.submissions.put((known, arrival)) for _ in range(20)))
    receipts = {outcome.receipt for outcome in outcomes if isinstance(outcome, Accepted)}
    assert len(receipts) == 1
    assert sum(outcome.new for outcome in outcomes if isinstance(outcome, Accepted)) == 1
