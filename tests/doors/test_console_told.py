"""The pages about what sites and authors are told: appeals, reports on a comment, endpoints and their deliveries."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from moderation.domain import Role
from moderation.web.server import RunningServer
from moderation.wiring import Service
from moderation.workflows.deliver import Courier
from moderation.workflows.directory import KnownSite
from tests.doors.browser import OWN_PAGE, Browser, Page, a_browser, an_account
from tests.doors.newsroom import Desk, a_desk
from tests.doors.site_system import SiteSystem
from tests.doors.test_appeals import appeal, link_of, rejected
from tests.doors.test_reports import pass_on, published
from tests.fakes import FakeClock
from tests.receivers import Receiver, answering, well
from tests.workflows.conftest import courier, receiver, sender  # noqa: F401
from tests.workflows.delivering import brought, told
from tests.workflows.steps import accepted

pytestmark = pytest.mark.usefixtures("no_flood_limit")
ENDPOINTS = "/console/endpoints"


@pytest.fixture
async def browser(server: RunningServer, service: Service, site: SiteSystem) -> AsyncIterator[Browser]:
    """A browser in which an administrator of the site is logged in."""
    await an_account(service, "pat", Role.ADMIN, [site.slug])
    async with a_browser(server) as browser:
        await browser.log_in("pat")
        yield browser


async def test_an_appeal_is_decided_on_a_page(browser: Browser, site: SiteSystem, kim: Desk) -> None:
    comment = await rejected(site, kim)
    await appeal(site, await link_of(site, comment), "I was <b>quoting</b> the mayor.")
    page = await browser.get("/console/appeals")
    assert "I was &lt;b&gt;quoting&lt;/b&gt; the mayor." in page.text
    assert 'href="/console/appeals" aria-current="page"' in page.text
    form = next(form for form in page.forms if form.action.startswith("/console/appeals/"))
    unanswered = await browser.send(page, form.action, ("outcome", "refused"))
    assert (unanswered.status, "must be told why" in unanswered.text) == (422, True)
    sent = await browser.send(page, form.action, ("outcome", "granted"), answer="Sorry.")
    assert (sent.status, sent.location) == (303, "/console/appeals?site=daily-planet&done=appeal_granted")
    assert "The appeal is granted." in (await browser.get(sent.location)).text
    assert await site.public_ids() == ["c-1"]
    shown = await browser.get(f"/console/comments/{comment}")
    assert "Sorry." in shown.text


async def test_whoever_has_rejected_is_refused_on_the_page_as_well(
    browser: Browser, site: SiteSystem, service: Service, kim: Desk
) -> None:
    pat = await a_token_of(service, site, "pat")
    comment = await rejected(site, pat)
    await appeal(site, await link_of(site, comment))
    page = await browser.get("/console/appeals")
    assert "Another moderator has to decide." in page.text
    assert not [form for form in page.forms if form.action.startswith("/console/appeals/")]
    [waiting] = (await kim.ask("GET", "/v1/sites/daily-planet/appeals")).json["items"]
    fields = {"outcome": "granted", "version": "2", "csrf_token": token_on(page)}
    refused = await browser.post(f"/console/appeals/{waiting['id']}", fields, **dashed())
    assert refused.status == 403
    assert "Somebody else has to decide" in refused.text
    ordinary = {"status": "approved", "version": "2", "csrf_token": token_on(page)}
    decided = await browser.post(f"/console/comments/{comment}/decisions", ordinary, **dashed())
    assert (decided.status, await site.public_ids()) == (403, [])


async def a_token_of(service: Service, site: SiteSystem, name: str) -> Desk:
    from moderation.workflows.moderators import add_token

    return Desk(site, name, await add_token(name, open_work=service.open_work, now=service.now()))


def token_on(page: Page) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert found
    return found[1]


def dashed() -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in OWN_PAGE.items()}


async def test_reports_stand_on_the_comment_and_lead_to_a_rejection_that_names_its_rule(
    browser: Browser, site: SiteSystem, kim: Desk
) -> None:
    comment = await published(site)
    await pass_on(site, "r-1", text="<i>Rude</i>")
    queue = await browser.get("/console/queue")
    reported = re.search(r'href="([^"]*reported=true[^"]*)"', queue.text)
    assert reported
    listed = await browser.get(reported[1].replace("&amp;", "&"))
    assert f'data-comment="{comment}"' in listed.text
    page = await browser.get(f"/console/comments/{comment}")
    assert "&lt;i&gt;Rude&lt;/i&gt;" in page.text
    assert "right 0 times and wrong 0 times" in page.text
    action = f"/console/comments/{comment}/decisions"
    form = next(form for form in page.forms if form.action == action and "basis" in form.names)
    kept = [(name, value) for name, value in form.fields if name != "basis"]
    sent = await browser.post(action, [*kept, ("reason", "abuse"), ("basis", "Rule 3")], **dashed())
    assert sent.status == 303
    after = await browser.get(f"/console/comments/{comment}")
    assert "What the author is told" in after.text
    assert "Rule 3" in after.text
    assert "/appeals/" not in re.sub(r"/console/appeals", "", after.text)  # the link is the author's alone


async def test_an_endpoint_is_added_watched_and_replayed_on_pages(
    browser: Browser,
    service: Service,
    known: KnownSite,
    receiver: Receiver,  # noqa: F811
    courier: Courier,  # noqa: F811
    clock: FakeClock,
) -> None:
    page = await browser.get(ENDPOINTS)
    at = f"{ENDPOINTS}?site=daily-planet"
    wrong = await browser.send(page, at, url="http://10.0.0.1/hook")
    assert (wrong.status, "cannot be an endpoint" in wrong.text) == (422, True)
    added = await browser.send(page, at, ("event", "comment.approved"), url="https://planet.example.com/hook")
    assert re.search(r'id="secret">whsec_[A-Za-z0-9+/]+=*<', added.text)

    key = await told(service.house, known, receiver)
    receiver.manner = answering(500)
    await accepted(service, known)
    await brought(courier)
    log = f"{ENDPOINTS}/{key.endpoint}"
    shown = await browser.get(log)
    for said in ("comment.approved", "refused (500)", "2026", receiver.url, "Waiting: 1"):
        assert said in shown.text, said

    receiver.manner = well
    [message] = receiver.ids
    form = next(form for form in shown.forms if ("message", message) in form.fields)
    sent = await browser.post(form.action, form.fields, **dashed())
    assert sent.location == f"{log}?done=replayed"
    await brought(courier)
    assert receiver.taken == [message]
    assert (await browser.get(f"{log}?state=waiting")).text.count("<code>comment.") == 0
    delivered = await browser.get(f"{log}?state=delivered")
    assert "delivered (204)" in delivered.text

    off = await browser.send(delivered, f"{log}/switch")
    assert off.location == f"{log}?done=endpoint_off"
    clock.advance(seconds=1)
    await accepted(service, known)
    again = await browser.get(log)
    await browser.send(again, f"{log}/switch")
    await browser.post(f"{log}/replay", {"since": "2026-11-23T00:00", "csrf_token": token_on(again)}, **dashed())
    await brought(courier)
    assert len(set(receiver.taken)) == 2
    odd = await browser.post(f"{log}/replay", {"since": "soon", "csrf_token": token_on(again)}, **dashed())
    assert odd.status == 422
    rotated = await browser.send(again, f"{log}/rotate")
    assert 'id="secret">whsec_' in rotated.text


async def test_endpoints_are_for_administrators_of_their_site(
    site: SiteSystem, other_site: SiteSystem, service: Service, kim: Desk
) -> None:
    ada = await a_desk(service, site, role=Role.ADMIN, name="ada")
    eve = await a_desk(service, site, other_site.slug, role=Role.ADMIN, name="eve")
    url = {"url": "https://planet.example.com/hook"}
    assert (await kim.ask("POST", "/v1/sites/daily-planet/endpoints", url)).verdict == (403, "forbidden")
    wrong = await ada.ask("POST", "/v1/sites/daily-planet/endpoints", {"url": "http://[::1]/", "events": ["x"]})
    assert wrong.wrong_fields == {"events.0": "invalid"}
    inside = await ada.ask("POST", "/v1/sites/daily-planet/endpoints", {"url": "https://169.254.1.1/"})
    assert inside.wrong_fields == {"url": "invalid"}
    added = await ada.ask("POST", "/v1/sites/daily-planet/endpoints", url)
    assert (added.status, added.json["webhook_secret"].startswith("whsec_")) == (201, True)
    at = f"/v1/endpoints/{added.json['endpoint']}"
    for method, path, body in (
        ("PATCH", at, {"on": False}),
        ("POST", f"{at}/rotate", None),
        ("POST", f"{at}/replay", {}),
        ("GET", f"{at}/deliveries", None),
        ("GET", "/v1/sites/daily-planet/endpoints", None),
    ):
        assert (await eve.ask(method, path, body)).verdict == (404, "not_found")
        assert (await ada.ask(method, path, body)).status in (200, 201), path
    [listed] = (await ada.ask("GET", "/v1/sites/daily-planet/endpoints")).json["items"]
    assert (listed["off"], listed["waiting"], listed["events"][0]) == ("by_hand", 0, "comment.approved")


async def test_the_log_of_deliveries_comes_page_by_page(
    site: SiteSystem,
    service: Service,
    known: KnownSite,
    receiver: Receiver,  # noqa: F811
    courier: Courier,  # noqa: F811
) -> None:
    ada = await a_desk(service, site, role=Role.ADMIN, name="ada")
    key = await told(service.house, known, receiver)
    for _ in range(3):
        await accepted(service, known)
    await brought(courier)
    at = f"/v1/endpoints/{key.endpoint}/deliveries?limit=2"
    first = (await ada.ask("GET", at)).json
    second = (await ada.ask("GET", f"{at}&cursor={first['next_cursor']}")).json
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [2, 1, None]
    messages = [item["message"] for item in first["items"] + second["items"]]
    assert sorted(messages) == sorted(receiver.taken)
    [tried] = first["items"][0]["attempts"]
    assert (tried["outcome"], tried["status"], first["items"][0]["next_try"]) == ("delivered", 204, None)
    one = await ada.ask("POST", f"/v1/endpoints/{key.endpoint}/replay", {"message": messages[0]})
    assert one.json == {"count": 1}
    await brought(courier)
    assert receiver.taken.count(messages[0]) == 2
