"""A second instance of the service, on the database of the first; and what is told to sites, with who hears it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from moderation.delivery import Sender, networks_of
from moderation.settings import Settings
from moderation.wiring import House, Service, open_house
from moderation.workflows.deliver import Courier
from moderation.workflows.sites import Credentials, add_site
from tests.fakes import FakeClock, FakeScorer
from tests.receivers import Receiver, a_receiver, well


@pytest.fixture
async def other(settings: Settings, clock: FakeClock, house: House) -> AsyncIterator[Service]:
    """Another instance, with connections, vault and classifier of its own."""
    async with open_house(settings, now=clock) as other_house:
        service = Service(other_house, scorer=FakeScorer())
        yield service
        await service.submissions.close()


@pytest.fixture
async def star(house: House, clock: FakeClock) -> Credentials:
    """The site `evening-star`, beside the first one."""
    url, open_work = "https://star.example.com", house.database.open_work
    return await add_site("evening-star", url, open_work=open_work, vault=house.vault, now=clock())


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    """One that may call 127.0.0.1."""
    async with Sender(networks_of(["127.0.0.1/32"]), seconds=1) as sender:
        yield sender


@pytest.fixture
async def courier(service: Service, sender: Sender) -> AsyncIterator[Courier]:
    """Who brings it; a test says when to look."""
    courier = service.courier(sender.send)
    yield courier
    await courier.settle()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that takes everything, until told otherwise."""
    async with a_receiver(well) as receiver:
        yield receiver
