"""Who asks is known before a handler is called, and sees the sites that they are given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web

from moderation.app import service_app
from moderation.domain import Role
from moderation.web.csrf import csrf_token
from moderation.web.identity import GUARDS, current_moderator, given_site
from moderation.web.routes import Access, register
from moderation.web.server import start_server
from moderation.wiring import Service
from moderation.workflows.moderators import add_moderator, add_token, disable_moderator
from moderation.workflows.sites import Credentials
from tests.doors.browser import Browser, a_session, an_account
from tests.doors.site_system import SiteSystem
from tests.doors.web_toys import a_route


async def _who(request: web.Request) -> web.Response:
    moderator = await current_moderator(request)
    return web.json_response({"name": moderator.name, "role": moderator.role})


async def _site(request: web.Request) -> web.Response:
    return web.json_response((await given_site(request)).site.slug)


async def _careless(_request: web.Request) -> web.Response:
    return web.json_response("done without asking who is there")


DOORS = (
    a_route("/who", _who, "GET", access=Access.MODERATOR),
    a_route("/v1/sites/{site}/given", _site, "GET", access=Access.MODERATOR),
    a_route("/for-moderators", _careless, access=Access.MODERATOR),
    a_route("/for-admins", _careless, access=Access.ADMIN),
)


@pytest.fixture
async def client(service: Service) -> AsyncIterator[ClientSession]:
    """The service with some doors for moderators of which this test knows what they do."""
    app = service_app(service)
    register(app, DOORS, guards=GUARDS)
    async with (
        await start_server(app, host="127.0.0.1", port=0) as server,
        a_session(server) as session,
    ):
        yield session


async def a_token(service: Service, name: str, role: Role, sites: list[str]) -> str:
    open_work, now = service.open_work, service.now()
    await add_moderator(name, role, sites, password=None, open_work=open_work, now=now)
    return await add_token(name, open_work=open_work, now=now)


def with_token(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


async def test_a_token_says_who_asks(client: ClientSession, service: Service) -> None:
    token = await a_token(service, "kim", Role.MODERATOR, [])

    async with client.get("/who", **with_token(token)) as answer:
        told = await answer.json()

    assert told == {"name": "kim", "role": "moderator"}


@pytest.mark.parametrize("path", ["/for-moderators", "/for-admins"])
async def test_a_handler_that_asks_nobody_is_guarded_all_the_same(client: ClientSession, path: str) -> None:
    async with client.post(path) as answer:
        assert (answer.status, (await answer.json())["code"]) == (401, "unauthenticated")


async def test_what_is_for_administrators_is_refused_to_moderators(client: ClientSession, service: Service) -> None:
    moderator = await a_token(service, "kim", Role.MODERATOR, [])
    admin = await a_token(service, "ada", Role.ADMIN, [])

    async with client.post("/for-admins", **with_token(moderator)) as answer:
        assert (answer.status, (await answer.json())["code"]) == (403, "forbidden")
    async with client.post("/for-admins", **with_token(admin)) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("role", list(Role))
async def test_a_site_that_one_is_not_given_is_like_one_that_does_not_exist(
    client: ClientSession, service: Service, site: SiteSystem, other_site: SiteSystem, role: Role
) -> None:
    token = await a_token(service, "kim", role, [site.slug])

    answers = {}
    for slug in (site.slug, other_site.slug, "nowhere"):
        async with client.get(f"/v1/sites/{slug}/given", **with_token(token)) as answer:
            answers[slug] = answer.status, (await answer.json())

    assert answers.pop(site.slug) == (200, site.slug)
    assert [status for status, _ in answers.values()] == [404, 404]
    assert answers[other_site.slug] == answers["nowhere"]


async def test_a_disabled_account_is_nobody(client: ClientSession, service: Service, credentials: Credentials) -> None:
    token = await a_token(service, "kim", Role.MODERATOR, [credentials.site])
    await disable_moderator("kim", open_work=service.open_work, now=service.now())

    async with client.get("/who", **with_token(token)) as answer:
        assert answer.status == 401


async def test_a_session_asks_like_a_token_and_changes_with_its_csrf_token_only(
    client: ClientSession, service: Service
) -> None:
    await an_account(service, "ada", Role.ADMIN)
    browser = Browser(client)
    await browser.log_in("ada")
    key = browser.key or ""

    assert '"ada"' in (await browser.get("/who")).text
    assert (await browser.ask("POST", "/for-admins", headers={})).status == 403
    assert (await browser.ask("POST", "/for-admins", headers={"X-CSRF-Token": csrf_token(key)})).status == 200
    # Who sends a token is held against the token, whoever is logged in besides.
    assert (await browser.get("/who", Authorization="Bearer mod_nobody")).status == 401


def test_a_route_for_moderators_is_not_registered_without_its_guard() -> None:
    with pytest.raises(KeyError):
        register(web.Application(), DOORS)
