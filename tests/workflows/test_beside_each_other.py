"""What comes in together shares one store: nobody is kept waiting by the others, and nobody is refused for them."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import make_url

from moderation.errors import Overloaded, StorageUnavailable
from moderation.settings import Settings
from moderation.wiring import House, Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Outcome
from moderation.workflows.submit import Arrival, submit_apart
from tests.fakes import FakeScorer
from tests.makers import an_arrival
from tests.workflows.steps import accepted, edited, sent

ANSWER_SECONDS = 5.0


def two_sites(known: KnownSite) -> list[KnownSite]:
    return [replace(known, site=replace(known.site, id=UUID(int=number))) for number in (1, 2)]


async def apart(known: KnownSite, failure: Exception) -> tuple[list[Outcome], list[UUID]]:
    """Submits comments of two sites by turns, of which the first one fails; returns outcomes, and who was tried."""
    first, second = two_sites(known)
    tried: list[UUID] = []

    async def submit_to(site: KnownSite, arrivals: Sequence[Arrival]) -> list[Outcome]:
        tried.append(site.site.id)
        if site is first:
            raise failure
        return [Overloaded(arrival.submission.external_id, retry_after=1) for arrival in arrivals]

    items = [(site, an_arrival(external_id=f"c-{number}")) for number, site in enumerate([first, second] * 2)]
    return await submit_apart(items, submit_to), tried


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
async def test_when_the_store_is_away_it_is_not_asked_again_for_each_site(known: KnownSite) -> None:
    away = StorageUnavailable(retry_after=2)

    outcomes, tried = await apart(known, away)

    assert outcomes == [away] * 4
    assert tried == [UUID(int=1)]


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
async def test_any_other_trouble_of_a_site_is_its_own(known: KnownSite) -> None:
    trouble = Overloaded(retry_after=1)

    outcomes, tried = await apart(known, trouble)

    assert [outcomes[0], outcomes[2]] == [trouble] * 2
    assert [str(outcomes[1]), str(outcomes[3])] == ["c-1", "c-3"]
    assert tried == [UUID(int=1), UUID(int=2)]


async def test_edits_in_the_middle_of_many_comments_are_all_taken(service: Service, known: KnownSite) -> None:
    await accepted(service, known, an_arrival(external_id="c-0"))
    later = service.now() + timedelta(seconds=1)

    async def send_many() -> None:
        for _ in range(5):
            await asyncio.gather(*(accepted(service, known) for _ in range(40)))

    async def edit(number: int) -> UUID:
        return (await edited(service, known, "c-0", f"Text {number}", said_at=later, delivery=f"d-{number}")).id

    sending = asyncio.gather(*(send_many() for _ in range(3)))
    edits = [await asyncio.gather(*(edit(4 * turn + place) for place in range(4))) for turn in range(5)]
    await sending

    assert len({comment for four in edits for comment in four}) == 1


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
async def test_while_another_process_locks_sqlite_everybody_hears_in_time(
    house: House, known: KnownSite, settings: Settings
) -> None:
    few_at_once = settings.model_copy(update={"max_batch": 3})  # so that some wait for a batch that fails late
    service = Service(replace(house, settings=few_at_once), scorer=FakeScorer())
    await accepted(service, known, an_arrival(external_id="c-0"))

    async def seconds_until_refused(number: int) -> float:
        begin = time.monotonic()
        outcome: object
        try:
            if number % 3:
                outcome = await sent(service, known, an_arrival())
            else:
                outcome = await edited(service, known, "c-0", "Text", said_at=service.now(), delivery=f"d-{number}")
        except (StorageUnavailable, Overloaded) as error:
            outcome = error
        assert isinstance(outcome, (StorageUnavailable, Overloaded)), outcome
        return time.monotonic() - begin

    with closing(sqlite3.connect(str(make_url(settings.store_url).database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waited = await asyncio.gather(*(seconds_until_refused(number) for number in range(12)))
        other.execute("ROLLBACK")

    assert max(waited) < ANSWER_SECONDS
    await accepted(service, known)
    await service.submissions.close()
