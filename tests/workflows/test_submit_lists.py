"""Long lists of submissions, which SQLite is given in statements of many rows."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.domain import Status
from moderation.errors import IdReused
from moderation.storage.tables import comments
from moderation.wiring import Service
from moderation.workflows import submit as submit_module
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Accepted
from moderation.workflows.memory import Memory, recall
from tests.fakes import DOUBT
from tests.makers import an_arrival
from tests.workflows.steps import accepted, column, count_of, decisions_of, receipt_of


async def test_a_list_of_any_length_is_kept_whole_each_comment_with_its_own_decision(
    service: Service, known: KnownSite
) -> None:
    # More than one statement takes, and some more, of which each part has a doubtful one.
    texts = [f"Remark {number}." if number % 15 else f"Please {DOUBT} {number}." for number in range(99)]
    arrivals = [an_arrival(external_id=f"c-{number:03}", text=text) for number, text in enumerate(texts)]

    outcomes = await service._submit_to(known, arrivals)

    receipts = [receipt_of(outcome) for outcome in outcomes]
    database = service.house.database
    assert [receipt.external_id for receipt in receipts] == [each.submission.external_id for each in arrivals]
    assert await column(database, "id") == [receipt.id for receipt in receipts]
    assert await column(database, "text") == texts
    assert await column(database, "status") == [receipt.status for receipt in receipts]
    assert [receipt.status for receipt in receipts].count(Status.PENDING) == 7
    for number in (0, 1, 63, 64, 79, 80, 98):
        [decision] = await decisions_of(database, f"c-{number:03}")
        assert (decision.version, decision.status) == (1, receipts[number].status)


async def test_when_one_of_a_long_list_was_taken_by_another_instance_the_others_are_kept(
    service: Service, known: KnownSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accepted(service, known, an_arrival(external_id="c-050", text="The first."))
    asked = 0

    async def recall_too_early(*arguments: Any, **options: Any) -> Memory:
        """Once, does not see what another instance has stored."""
        nonlocal asked
        asked += 1
        memory = await recall(*arguments, **options)
        if asked == 1:
            memory.receipts.clear()
        return memory

    monkeypatch.setattr(submit_module, "recall", recall_too_early)
    arrivals = [an_arrival(external_id=f"c-{number:03}", text=f"Remark {number}.") for number in range(70)]

    outcomes = await service._submit_to(known, arrivals)

    assert asked == 2
    refused = [number for number, outcome in enumerate(outcomes) if not isinstance(outcome, Accepted)]
    assert refused == [50]
    assert isinstance(outcomes[50], IdReused)
    assert await count_of(service.house.database, comments) == 70
