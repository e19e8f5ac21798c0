"""Who listens to a queue is who may: what was ended while somebody listened opens nothing any more, and to listen is
not to be there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from moderation.wiring import Service
from moderation.workflows.login import IDLE
from tests.doors.browser import OWN_PAGE, Browser, a_session, an_account
from tests.doors.newsroom import a_desk, held
from tests.doors.site_system import SiteSystem
from tests.doors.test_events import PATIENCE_SECONDS, Stream, an_instance, listening
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def session(service: Service, site: SiteSystem) -> AsyncIterator[ClientSession]:
    """What a browser is made of, at an instance that is seldom silent for long."""
    await an_account(service, "ana", sites=[site.slug])
    async with an_instance(service, heartbeat_seconds=0.02) as server, a_session(server) as session:
        yield session


async def test_a_page_that_is_left_open_hears_nothing_after_the_log_out(
    session: ClientSession, site: SiteSystem
) -> None:
    browser = Browser(session)
    await browser.log_in("ana")
    async with session.get(f"/v1/sites/{site.slug}/events") as response:
        stream = Stream(response.content)
        assert await stream.line() == "retry: 2000\n"
        page = await browser.get("/console/account")
        await browser.send(page, "/console/logout")

        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await stream.ends()


async def test_a_token_that_is_revoked_hears_nothing_although_there_is_much_to_hear(
    session: ClientSession, service: Service, site: SiteSystem
) -> None:
    kim = await a_desk(service, site, name="kim")
    async with listening(kim, client=session) as stream:
        async with service.open_work() as work:
            moderator = await work.moderators.find("kim")
            assert moderator is not None
            [token] = await work.moderators.tokens_of(moderator.id)
            assert await work.moderators.revoke_token(moderator.id, token.id, now=service.now())
            await work.commit()
        news = asyncio.create_task(_write_on_and_on(site))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert await stream.ends()
        finally:
            news.cancel()


async def _write_on_and_on(site: SiteSystem) -> None:
    for number in range(10_000):
        await held(site, f"on-{number}")


async def test_whoever_only_leaves_a_page_open_is_not_there_and_the_session_ends(
    session: ClientSession, site: SiteSystem, service: Service, clock: FakeClock
) -> None:
    comment = await held(site, "c-1")
    browser = Browser(session)
    await browser.log_in("ana")
    page = await browser.get("/console/queue")
    token = page.text.partition('name="csrf-token" content="')[2].partition('"')[0]
    for _ in range(2):  # what a page does by itself: it listens anew, and holds what somebody looks at
        clock.advance(seconds=IDLE.total_seconds() / 2 - 1)
        async with session.get(f"/v1/sites/{site.slug}/events") as response:
            assert response.status == 200
        claim = await browser.ask("POST", f"/v1/comments/{comment}/claim", headers={**OWN_PAGE, "X-CSRF-Token": token})
        assert claim.status == 200, claim.text
    clock.advance(seconds=2)

    assert (await browser.get("/console/queue")).status == 303
