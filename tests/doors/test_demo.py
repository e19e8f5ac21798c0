"""The demonstration is where somebody looks at the service on their own machine, and nowhere else unasked."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from moderation.domain import Moderation
from moderation.settings import Settings
from moderation.wiring import House, Service
from moderation.workflows.demo import DEMO_ARTICLE, prepare_demo
from moderation.workflows.first_start import FIRST_SITE, first_start
from tests.doors.site_system import SiteSystem


async def begin(service: Service) -> bool:
    """Starts the service for the first time."""
    await first_start(open_work=service.open_work, vault=service.house.vault, now=service.now())
    return await prepare_demo(FIRST_SITE, url="http://localhost/demo/", open_work=service.open_work, now=service.now())


@pytest.mark.parametrize(
    ("changes", "site"),
    [
        ({}, FIRST_SITE),
        ({"host": "localhost"}, FIRST_SITE),
        ({"host": "::1"}, FIRST_SITE),
        ({"host": "0.0.0.0"}, None),
        ({"host": "moderation.example.com"}, None),
        ({"trusted_proxies": ("127.0.0.1/32",)}, None),
        ({"database_url": "postgresql://host/name"}, None),
        ({"demo": "off"}, None),
        ({"demo": "daily-planet", "host": "0.0.0.0", "database_url": "postgresql://host/name"}, "daily-planet"),
    ],
)
async def test_it_is_on_where_all_is_local_or_where_it_was_asked_for(
    service: Service, changes: dict[str, object], site: str | None
) -> None:
    local = service.house.settings.model_copy(update={"database_url": "", "host": "127.0.0.1", **changes})
    assert Service(with_settings(service.house, local)).demo_site == site


def with_settings(house: House, settings: Settings) -> House:
    from dataclasses import replace

    return replace(house, settings=settings)


async def test_it_shows_an_article_with_the_thread_and_a_way_without_scripts(
    client: ClientSession, service: Service
) -> None:
    assert await begin(service)
    async with client.get("/demo/") as answer:
        page = await answer.text()
    if not service.house.settings.embedded:
        assert answer.status == 404
        return
    assert f'<comment-thread site="{FIRST_SITE}" article="{DEMO_ARTICLE}">' in page
    assert f'href="/v1/sites/{FIRST_SITE}/articles/{DEMO_ARTICLE}/form"' in page
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        async with client.get("/demo/", headers={header: "192.0.2.7"}) as answer:
            assert answer.status == 404


async def test_its_article_asks_a_person_first_and_stays_as_it_was_set(service: Service) -> None:
    assert await begin(service)
    async with service.open_work() as work:
        known = await work.sites.find(FIRST_SITE)
        assert known is not None
        article = await work.articles.find(known.id, DEMO_ARTICLE)
        assert article is not None
        assert article.state.moderation is Moderation.PRE
        await work.articles.change(article.id, {"moderation": None}, said_at=service.now())
        await work.commit()
    assert await begin(service)
    async with service.open_reading() as work:
        article = await work.articles.find(known.id, DEMO_ARTICLE)
    assert article is not None
    assert article.state.moderation is None


async def test_without_its_site_there_is_none(service: Service, site: SiteSystem) -> None:
    assert not await prepare_demo("nobody", url="http://localhost/", open_work=service.open_work, now=service.now())
    assert (await site.ask("GET", "/demo/")).status == 404
