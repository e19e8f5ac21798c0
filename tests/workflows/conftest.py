"""A second instance of the service, on the database of the first."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from moderation.settings import Settings
from moderation.wiring import House, Service, open_house
from tests.fakes import FakeClock, FakeScorer


@pytest.fixture
async def other(settings: Settings, clock: FakeClock, house: House) -> AsyncIterator[Service]:
    """Another instance, with connections, vault and classifier of its own."""
    async with open_house(settings, now=clock) as other_house:
        service = Service(other_house, scorer=FakeScorer())
        yield service
        await service.submissions.close()
