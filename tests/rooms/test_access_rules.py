"""Every route says who may call it, and whoever may not is told so: a walk over all routes that there are."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from aiohttp import ClientSession, web

from moderation.app import operations_app, service_app
from moderation.domain import Role
from moderation.web.csrf import csrf_token
from moderation.web.routes import GUARDED, ROUTES, Access, Route
from moderation.web.server import RunningServer
from moderation.wiring import House, Service
from moderation.workflows.moderators import add_moderator, add_token, disable_moderator
from moderation.workflows.sites import Credentials, add_site
from tests.doors.browser import a_browser, an_account
from tests.doors.site_system import Answer, SiteSystem
from tests.fakes import FakeClock

# Whoever adds a route that anyone may call adds it here too, so that none becomes public by oversight.
PUBLIC = {
    "/demo/",
    "/v1/sites/{site}/feed",
    "/v1/sites/{site}/articles/{article:[^/]+}/feed",
    "/embed.js",
    "/embed/{name}",
    "/readers/{name}",
    "/v1/sites/{site}/articles/{article:[^/]+}/form",
    "/v1/sites/{site}/articles/{article:[^/]+}/comments",
    "/v1/sites/{site}/counts",
    "/v1/sites/{site}/articles/{article:[^/]+}/comments/{comment}/reports",
    "/v1/sites/{site}/reports/{reference}",
    "/v1/sites/{site}/appeals/{key}",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/docs",
    "/docs/docs.css",
    "/problems/{code}",
    "/console/login",
    "/console/logout",  # takes the session as it is: who is out already is out
    "/console/link/{key}",
    "/console/static/{name}",
}


@pytest.fixture
def routes(service: Service) -> tuple[Route, ...]:
    return service_app(service)[ROUTES]


def guarded(routes: tuple[Route, ...]) -> list[Route]:
    return [route for route in routes if route.access is not Access.PUBLIC]


def address_of(route: Route, site: str) -> str:
    """Returns an address of the route at a site; every other part of it is a plain `1`, or an id that nothing has."""

    def part(found: re.Match[str]) -> str:
        return site if found[1] == "site" else str(UUID(int=0)) if "{36}" in found[0] else "1"

    return re.sub(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\})?[^{}]*)?\}", part, route.path)


def caller(client: ClientSession, credentials: Credentials, clock: FakeClock) -> SiteSystem:
    return SiteSystem(client, credentials, clock)


def test_there_is_no_way_in_that_the_registry_does_not_know(service: Service) -> None:
    app = service_app(service)
    known = {(method, route.path) for route in app[ROUTES] for method in methods_of(route)}
    paths = {id(resource): path for resource, path in zip(app.router.resources(), paths_of(app), strict=True)}
    served = {(route.method, paths[id(route.resource)]) for route in app.router.routes()}
    assert served == known


def methods_of(route: Route) -> tuple[str, ...]:
    return ("GET", "HEAD") if route.method == "GET" else (route.method,)


def paths_of(app: web.Application) -> list[str]:
    """Returns the path of each resource as it was registered."""
    return [
        str(resource._orig_path if hasattr(resource, "_orig_path") else resource.canonical)
        for resource in app.router.resources()
    ]


def test_every_route_says_who_may_call_it_and_only_the_known_ones_are_public(routes: tuple[Route, ...]) -> None:
    assert all(isinstance(route.access, Access) for route in routes)
    assert {route.path for route in routes if route.access is Access.PUBLIC} == PUBLIC
    assert len(guarded(routes)) >= 4


def test_no_two_routes_answer_the_same_call(routes: tuple[Route, ...]) -> None:
    calls = [(route.method, route.path) for route in routes]
    assert len(calls) == len(set(calls))
    assert len({route.operation_id for route in routes}) == len(routes)


async def test_without_credentials_every_guarded_route_answers_401(
    routes: tuple[Route, ...], client: ClientSession, credentials: Credentials, clock: FakeClock
) -> None:
    site = caller(client, credentials, clock)
    for route in guarded(routes):
        answer = await site.ask(route.method, address_of(route, site.slug), headers=_json(route))
        assert is_refused(answer, route), route.operation_id


async def test_with_credentials_of_another_kind_every_guarded_route_answers_401(
    routes: tuple[Route, ...], client: ClientSession, credentials: Credentials, clock: FakeClock, house: House
) -> None:
    site = caller(client, credentials, clock)
    tokens = {
        Access.SITE_KEY: await a_token(house, Role.ADMIN),
        Access.SITE_SIGNATURE: site.key,
        Access.OPERATOR: site.key,
        Access.MODERATOR: site.key,
        Access.ADMIN: site.key,
    }
    for route in guarded(routes):
        headers = {**_json(route), "Authorization": f"Bearer {tokens[route.access]}"}
        answer = await site.ask(route.method, address_of(route, site.slug), headers=headers)
        assert is_refused(answer, route), route.operation_id


def is_refused(answer: Answer, route: Route) -> bool:
    """Tells whether somebody unknown was refused: a program with 401, a person by being asked to log in."""
    if route.path.startswith("/console/"):
        return answer.status == 303 and answer.headers["Location"].startswith("/console/login")
    return answer.verdict == (401, "unauthenticated")


@pytest.mark.parametrize("credential", ["token", "session"])
async def test_what_is_for_administrators_is_refused_to_moderators(
    routes: tuple[Route, ...], server: RunningServer, service: Service, credentials: Credentials, credential: str
) -> None:
    headers = {}
    async with a_browser(server) as browser:
        if credential == "token":
            headers = {"Authorization": f"Bearer {await a_token(service.house, Role.MODERATOR)}"}
        else:
            await an_account(service, "kim", Role.MODERATOR, [credentials.site])
            await browser.log_in("kim")
            headers = {"X-CSRF-Token": csrf_token(browser.key or "")}
        for route in routes:
            if route.access is Access.ADMIN:
                page = await browser.ask(route.method, address_of(route, credentials.site), headers=headers)
                assert page.status == 403, route.operation_id


async def test_a_session_changes_nothing_without_its_token(
    routes: tuple[Route, ...], server: RunningServer, service: Service, credentials: Credentials
) -> None:
    async with a_browser(server) as browser:
        await an_account(service, "ada", Role.ADMIN, [credentials.site])
        await browser.log_in("ada")
        changing = [route for route in routes if route.access in GUARDED and route.method != "GET"]
        for route in changing:
            for headers in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": csrf_token(browser.key or ""), **ELSEWHERE}):
                page = await browser.ask(route.method, address_of(route, credentials.site), headers=headers)
                assert page.status == 403, route.operation_id
    assert len(changing) > 10


ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}


async def test_with_another_sites_credentials_every_route_of_a_site_is_closed(
    routes: tuple[Route, ...], client: ClientSession, credentials: Credentials, clock: FakeClock, house: House
) -> None:
    other = caller(
        client,
        await add_site(
            "gazette", "https://gazette.example.com", open_work=house.database.open_work, vault=house.vault, now=clock()
        ),
        clock,
    )
    for route in guarded(routes):
        if "{site}" not in route.path:
            continue
        # Whoever is no moderator is not told which sites there are.
        nowhere = {401} if route.access in GUARDED else {404}
        for at, wanted in ((credentials.site, {401, 404}), ("nowhere", nowhere)):
            headers = {**other.signed(b"{}"), **other.with_key(), **_json(route)}
            answer = await other.ask(route.method, address_of(route, at), body=b"{}", headers=headers)
            assert answer.status in wanted, (route.operation_id, at)
            assert answer.code in {"unauthenticated", "bad_signature", "not_found"}


async def test_metrics_are_for_the_operator(
    client: ClientSession, credentials: Credentials, clock: FakeClock, house: House
) -> None:
    site = caller(client, credentials, clock)
    moderator, admin = await a_token(house, Role.MODERATOR), await a_token(house, Role.ADMIN)
    for token in (moderator, site.key, site.secret, "mod_" + "A" * 43, ""):
        answer = await site.ask("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.verdict == (401, "unauthenticated"), token[:4]
    shown = await site.ask("GET", "/metrics", headers={"Authorization": f"Bearer {admin}"})
    assert shown.status == 200
    assert b"# TYPE" in shown.body
    await disable_moderator("admin", open_work=house.database.open_work, now=clock())
    closed = await site.ask("GET", "/metrics", headers={"Authorization": f"Bearer {admin}"})
    assert closed.verdict == (401, "unauthenticated")


def test_the_port_of_the_operator_has_no_door_for_sites(service: Service) -> None:
    paths = {route.path for route in operations_app(service)[ROUTES]}
    assert {"/metrics", "/healthz", "/readyz"} <= paths
    assert not [path for path in paths if path.startswith("/v1/")]


async def a_token(house: House, role: Role) -> str:
    """Returns the token of a new account, which is called as its role."""
    open_work, now = house.database.open_work, house.now()
    await add_moderator(role, role, [], password=None, open_work=open_work, now=now)
    return await add_token(role, open_work=open_work, now=now)


def _json(route: Route) -> dict[str, str]:
    return {"Content-Type": route.request_types[0]} if route.request else {}
