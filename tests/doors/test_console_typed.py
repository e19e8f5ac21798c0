"""What somebody has typed is not lost when the form that holds it is not taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from moderation.domain import Role
from moderation.web.server import RunningServer
from moderation.wiring import Service
from tests.doors.browser import OWN_PAGE, PASSWORD, Browser, a_browser, an_account
from tests.doors.newsroom import held
from tests.doors.site_system import SiteSystem
from tests.fakes import FakeClock

NOTE = "Ask the desk </textarea><b>first</b>"
SHOWN = "Ask the desk &lt;/textarea&gt;&lt;b&gt;first&lt;/b&gt;"


@dataclass
class Open:
    """A page with a form that was opened a while ago: its address, where it sends, and what is filled in."""

    browser: Browser
    page: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    @property
    def came_from(self) -> dict[str, str]:
        """What a browser says about the page."""
        return {**OWN_PAGE, "Referer": f"https://comments.example.com{self.page}?site=daily-planet"}


@pytest.fixture
async def note(server: RunningServer, service: Service, site: SiteSystem) -> AsyncIterator[Open]:
    """A comment's page on which somebody has typed a note."""
    await an_account(service, "kim", Role.MODERATOR, [site.slug])
    comment = f"/console/comments/{await held(site, 'c-1')}"
    async with a_browser(server) as browser:
        await browser.log_in("kim")
        form = (await browser.get(comment)).form(f"{comment}/notes")
        yield Open(browser, comment, form.action, [*form.fields, ("text", NOTE)])


async def test_who_was_logged_out_sees_what_they_have_typed_and_comes_back(note: Open, clock: FakeClock) -> None:
    clock.advance(hours=11)

    refused = await note.browser.post(note.action, note.fields, **note.came_from)
    page = await note.browser.get(f"/console/login?next={note.page}")
    let_in = await note.browser.send(page, "/console/login", username="kim", password=PASSWORD)

    assert refused.status == 401
    assert SHOWN in refused.text
    assert f'href="/console/login?next={note.page.replace("/", "%2F")}&amp;done=not_sent"' in refused.text
    assert let_in.location == note.page


async def test_who_has_logged_in_anew_elsewhere_sees_what_they_have_typed(note: Open) -> None:
    await note.browser.log_in_anew("kim")

    refused = await note.browser.post(note.action, note.fields, **note.came_from)

    assert (refused.status, SHOWN in refused.text) == (403, True)


async def test_who_was_logged_out_before_a_decision_is_told_that_nothing_was_done(note: Open, clock: FakeClock) -> None:
    decisions = f"{note.page}/decisions"
    fields = (await note.browser.get(note.page)).form(decisions).fields
    clock.advance(hours=11)

    sent_away = await note.browser.post(decisions, [*fields, ("reason", "spam")], **note.came_from)

    assert sent_away.status == 303
    assert sent_away.location == f"/console/login?next={note.page.replace('/', '%2F')}&done=not_sent"
    assert "nothing was done" in (await note.browser.get(sent_away.location)).text


async def test_a_page_of_a_stranger_puts_no_words_into_ours(note: Open, clock: FakeClock) -> None:
    clock.advance(hours=11)
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = await note.browser.post(note.action, note.fields, **headers)

        assert answer.status == 303
        assert "Ask the desk" not in answer.text


async def test_a_page_that_leads_elsewhere_is_not_come_back_to(note: Open, clock: FakeClock) -> None:
    clock.advance(hours=11)
    for referer in ("https://evil.example/", "http://[", "/console/login", "//evil.example/console/../x"):
        answer = await note.browser.post(note.action, (), Referer=referer, **OWN_PAGE)

        assert answer.location == "/console/login?done=not_sent"
