"""What every page of the console promises: it runs no script, can be walked by ear, and is kept by nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html.parser import HTMLParser

import pytest

from moderation.domain import Role
from moderation.web.server import RunningServer
from moderation.wiring import Service
from moderation.workflows.login import SEEN_TO
from moderation.workflows.sites import Credentials
from tests.doors.browser import PASSWORD, Browser, a_browser, an_account
from tests.doors.outages import Outage
from tests.fakes import FakeClock

PAGES = [
    *("/console/login", "/console/account", "/console/accounts", "/console/link/x", "/console/nowhere"),
    *("/console/queue", "/console/scores", "/console/articles", "/console/authors", "/console/figures"),
    *("/console/status", "/console/settings", "/console/audit"),
    *("/console/models", "/console/appeals", "/console/endpoints"),
]
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def browser(server: RunningServer, service: Service, credentials: Credentials) -> AsyncIterator[Browser]:
    """A browser in which an administrator with an odd name is logged in."""
    await an_account(service, MARKUP, Role.ADMIN, [credentials.site])
    async with a_browser(server) as browser:
        yield browser


class _Outline(HTMLParser):
    """Collects what somebody goes by who hears the page or walks it with keys."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.referred: set[str] = set()
        self.to_label: set[str] = set()
        self.levels: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        assert not [name for name in told if name.startswith("on") or name == "style"], (tag, told)
        if tag == "script":
            # Only files of ours; and nothing of a page is written into one.
            assert told["type"] == "module", told
            assert told["src"].startswith("/console/static/"), told
            return
        self.tags.append(tag)
        self.ids += [told["id"]] if "id" in told else []
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.levels.append(int(tag[1]))
        if tag == "label" and "for" in told:
            self.labelled.add(told["for"])
        if tag in ("input", "select", "textarea") and told.get("type") not in ("hidden", "checkbox", "radio"):
            self.to_label.add(told["id"])
        self.referred |= set(f"{told.get('aria-labelledby', '')} {told.get('aria-describedby', '')}".split())


@pytest.mark.parametrize("logged_in", [False, True])
@pytest.mark.parametrize("language", ["en", "de"])
async def test_pages_can_be_walked_and_run_no_script(browser: Browser, logged_in: bool, language: str) -> None:
    browser.headers["Accept-Language"] = language
    if logged_in:
        await browser.log_in(MARKUP)
        page = await browser.get("/console/account")
        await browser.send(page, "/console/account/second-factor", password=PASSWORD)
        await browser.send(page, "/console/account/tokens", label=MARKUP)
    for path in PAGES:
        page = await browser.get(path)
        if page.status == 303:
            continue
        outline = _Outline()
        outline.feed(page.text)
        assert f'<html lang="{language}">' in page.text, path
        assert {"header", "main", "h1", "title"} <= set(outline.tags), path
        assert not {"style", "iframe", "object", "img"} & set(outline.tags), path
        assert len(outline.ids) == len(set(outline.ids)), path
        assert outline.to_label <= outline.labelled, path
        assert outline.referred <= set(outline.ids), path
        assert outline.levels.count(1) == 1, path
        assert 'href="#main"' in page.text, path
        assert "nav" in outline.tags or not logged_in or page.status == 404, path


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_guarded_by_their_headers(browser: Browser, path: str) -> None:
    for _ in range(2):
        page = await browser.get(path)
        if page.status != 303:
            policy = page.headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"):
                assert part in policy
            assert "unsafe" not in policy
        assert page.headers["Cache-Control"] == "no-store"
        await browser.log_in_anew(MARKUP)


async def test_only_texts_of_ours_are_said_to_have_been_done(browser: Browser) -> None:
    for done in ("Your%20account%20is%20lost", "<b>", "done.saved", "../login.title"):
        assert 'class="done"' not in (await browser.get(f"/console/login?done={done}")).text
    assert "You are logged out." in (await browser.get("/console/login?done=logged_out")).text


async def test_the_style_sheet_is_kept_for_good_under_the_address_of_its_content(browser: Browser) -> None:
    page = await browser.get("/console/login")
    address = page.text.split('<link rel="stylesheet" href="')[1].split('"')[0]

    style = await browser.get(address)
    plain = await browser.get(address.partition("?")[0])
    again = await browser.get(address, If_None_Match=style.headers["ETag"])

    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (plain.text, plain.headers["Cache-Control"]) == (style.text, "no-cache")
    assert (again.status, again.text) == (304, "")
    for part in ("forced-colors", "light-dark(", "max-width: 32rem", ":focus-visible"):
        assert part in style.text


@pytest.mark.parametrize("name", ["nothing.css", "..%2froutes.py", "%2e%2e%2fpages.py", "console.css%00"])
async def test_nothing_else_of_the_package_is_served(browser: Browser, name: str) -> None:
    assert (await browser.get(f"/console/static/{name}")).status == 404


async def test_while_the_database_is_away_people_are_told_so_in_their_language(
    browser: Browser, outage: Outage
) -> None:
    await browser.log_in(MARKUP)
    browser.headers["Accept-Language"] = "de"

    async with outage():
        page = await browser.get("/console/account")

    assert page.status == 503
    assert "Gerade geht es nicht" in page.text
    assert "Retry-After" in page.headers


async def test_while_nothing_can_be_written_pages_can_still_be_read(
    browser: Browser, write_outage: Outage, clock: FakeClock
) -> None:
    await browser.log_in(MARKUP)
    clock.advance(seconds=SEEN_TO.total_seconds())  # so that the visit would be noted

    async with write_outage():
        page = await browser.get("/console/account")

    assert page.status == 200


@pytest.mark.parametrize("path", ["/console/nowhere", "/console/logout"])
async def test_where_there_is_nothing_one_is_told_so_in_ones_own_language_and_led_on(
    browser: Browser, path: str
) -> None:
    await browser.log_in(MARKUP)
    await browser.send(await browser.get("/console/account"), "/console/account/language", language="de")

    page = await browser.get(path)

    assert (page.status, '<html lang="de"' in page.text) == (404 if "nowhere" in path else 405, True)
    assert 'href="/console/queue"' in page.text
