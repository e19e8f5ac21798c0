"""Sites, moderators and readers that call the service over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from moderation.web.server import RunningServer
from moderation.wiring import House, Service
from moderation.workflows.sites import Credentials, add_site, set_site
from tests.doors.browser import Browser, a_browser
from tests.doors.newsroom import Desk, a_desk
from tests.doors.outages import Outage, with_lock, without_connections, without_file, without_writes
from tests.doors.site_system import SiteSystem
from tests.fakes import FakeClock
from tests.postgres import PostgresServer


@pytest.fixture
def site(client: ClientSession, credentials: Credentials, clock: FakeClock) -> SiteSystem:
    """The system of the site `daily-planet`."""
    return SiteSystem(client, credentials, clock)


@pytest.fixture
async def other_site(client: ClientSession, house: House, clock: FakeClock) -> SiteSystem:
    """The system of the site `gazette`."""
    credentials = await add_site(
        "gazette", "https://gazette.example.com", open_work=house.database.open_work, vault=house.vault, now=clock()
    )
    return SiteSystem(client, credentials, clock)


@pytest.fixture
async def no_flood_limit(site: SiteSystem, house: House) -> None:
    """The readers of `daily-planet` may write as fast as they like."""
    await set_site(
        site.slug, {"flood_count": 0}, open_work=house.database.open_work, defaults=house.defaults, now=house.now()
    )


@pytest.fixture
async def kim(service: Service, site: SiteSystem) -> Desk:
    """A moderator of `daily-planet`."""
    return await a_desk(service, site, name="kim")


@pytest.fixture
async def lee(service: Service, site: SiteSystem) -> Desk:
    """A colleague of kim."""
    return await a_desk(service, site, name="lee")


@pytest.fixture
async def browser(server: RunningServer) -> AsyncIterator[Browser]:
    """A browser that nobody has used yet."""
    async with a_browser(server) as browser:
        yield browser


@pytest.fixture
def outage(house: House, request: pytest.FixtureRequest) -> Outage:
    """Takes the database away for as long as the context lasts."""
    if house.settings.embedded:
        return lambda: without_file(house)
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return lambda: without_connections(server, str(house.database.url.database))


@pytest.fixture
def write_outage(house: House, request: pytest.FixtureRequest) -> Outage:
    """Lets the database be read only for as long as the context lasts."""
    if house.settings.embedded:
        return lambda: with_lock(house)
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return lambda: without_writes(server, str(house.database.url.database))
