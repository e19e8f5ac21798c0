"""The form for readers: a page without JavaScript, and what becomes of what it sends."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import pytest

from moderation.domain import Reason
from moderation.readers.flood import TRIES_OF_ADDRESS
from moderation.web.server import RunningServer
from moderation.wiring import House
from moderation.workflows.sites import set_site
from tests.doors.browser import Browser, Page, a_browser
from tests.doors.outages import Outage
from tests.doors.site_system import SiteSystem
from tests.fakes import DOUBT, SPAM, FakeClock
from tests.makers import a_text, an_event

FORM = "/v1/sites/daily-planet/articles/a-1/form"
NOTE = "Your email address will not be published. Required fields are marked *"
JSON = {"Accept": "application/json"}
GOOD = {"name": "Ana", "email": "ana@example.org", "website": "", "comment": "Thank you, this explains a lot."}

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
async def browser(server: RunningServer) -> AsyncIterator[Browser]:
    async with a_browser(server) as browser:
        yield browser


class _Fields(HTMLParser):
    """Collects the attributes of each field by its name, and the text of each label by what it is for."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str | None]] = {}
        self.labels: dict[str, str] = {}
        self.ids: set[str] = set()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.ids.add(told.get("id") or "")
        if tag in ("input", "textarea"):
            self.fields[told["name"] or ""] = told
        self._inside = told.get("for") or "" if tag == "label" else self._inside

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == "label" else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.labels[self._inside] = self.labels.get(self._inside, "") + data


def read(page: Page) -> _Fields:
    parser = _Fields()
    parser.feed(page.text)
    return parser


async def fill_in(browser: Browser, clock: FakeClock, query: str = "", **fields: str) -> list[tuple[str, str]]:
    """Opens the form, takes ten seconds for it, and returns what would be sent."""
    page = await browser.get(FORM + query)
    clock.advance(seconds=10)
    hidden = [(name, str(told["value"])) for name, told in read(page).fields.items() if told.get("type") == "hidden"]
    return [*hidden, ("subject", ""), *{**GOOD, **fields}.items()]


async def write(browser: Browser, clock: FakeClock, query: str = "", **fields: str) -> Page:
    """Fills the form in and sends it as a browser does."""
    sent = await fill_in(browser, clock, query, **fields)
    return await browser.post(FORM, sent, Sec_Fetch_Site="same-origin", Accept="text/html")


async def token_for(browser: Browser, path: str = FORM) -> str:
    page = await browser.get(path, **JSON)
    token: str = json.loads(page.text)["token"]
    return token


async def set_policy(house: House, **settings: object) -> None:
    await set_site(
        "daily-planet", settings, open_work=house.database.open_work, defaults=house.defaults, now=house.now()
    )


async def test_the_form_says_before_its_fields_what_is_published_and_what_is_required(browser: Browser) -> None:
    page = await browser.get(FORM)
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert NOTE in page.text
    assert page.text.index(NOTE) < page.text.index("<label")
    found = read(page)
    assert [name for name, told in found.fields.items() if "required" in told] == ["name", "email", "comment"]
    assert {name: text.strip() for name, text in found.labels.items() if text.strip().endswith("*")} == {
        "name": "Name *",
        "email": "Email *",
        "comment": "Comment *",
    }
    assert set(found.labels) <= found.ids
    assert [found.fields[name].get("autocomplete") for name in ("name", "email", "website")] == ["name", "email", "url"]


async def test_the_form_speaks_the_language_of_the_browser(browser: Browser) -> None:
    page = await browser.get(FORM, Accept_Language="de-AT, en;q=0.5")
    assert '<html lang="de">' in page.text
    assert "Ihre E-Mail-Adresse wird nicht veröffentlicht. Pflichtfelder sind mit * markiert" in page.text


async def test_a_good_comment_is_published_and_a_reload_does_not_send_it_again(
    browser: Browser, site: SiteSystem, clock: FakeClock
) -> None:
    answer = await write(browser, clock, website="ana.example")
    assert (answer.status, answer.location) == (303, "form?sent=approved")
    thanks = await browser.get(f"{FORM}?sent=approved")
    assert "Thank you. Your comment is published." in thanks.text
    assert "<form" not in thanks.text
    [item] = (await site.read()).json["items"]
    assert item["author"] == {"name": "Ana", "url": "https://ana.example"}
    assert item["text"] == GOOD["comment"]


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [(DOUBT, "pending", "held for review"), (SPAM, "rejected", "will not be published")],
)
async def test_what_becomes_of_a_comment_is_told_honestly(
    browser: Browser, site: SiteSystem, clock: FakeClock, text: str, status: str, told: str
) -> None:
    answer = await write(browser, clock, comment=text)
    assert answer.location == f"form?sent={status}"
    assert told in (await browser.get(f"{FORM}?sent={status}")).text
    assert await site.public_ids() == []


async def test_what_is_wrong_is_told_next_to_its_field_and_what_was_typed_is_kept(
    browser: Browser, clock: FakeClock
) -> None:
    answer = await write(browser, clock, name="", email="ana@", website="none", comment='A "draft" & <b>more</b>\r\nx')
    assert answer.status == 422
    found = read(answer)
    for name in ("name", "email", "website"):
        assert found.fields[name]["aria-invalid"] == "true"
        assert f"{name}-fault" in (found.fields[name]["aria-describedby"] or "").split()
        assert f"{name}-fault" in found.ids
    assert "aria-invalid" not in found.fields["comment"]
    assert [name for name, told in found.fields.items() if "autofocus" in told] == ["name"]
    assert found.fields["website"]["value"] == "none"
    assert "A &#34;draft&#34; &amp; &lt;b&gt;more&lt;/b&gt;\nx</textarea>" in answer.text
    assert 'role="alert"' in answer.text
    assert "<title>Not sent yet" in answer.text


async def test_no_page_ever_repeats_an_address(browser: Browser, clock: FakeClock) -> None:
    answer = await write(browser, clock, name="", email="very.private@example.org")
    assert answer.status == 422
    assert "very.private" not in answer.text + str(answer.headers)
    assert "type your email address again" in answer.text


async def test_a_field_that_people_do_not_see_is_a_trap(
    browser: Browser, site: SiteSystem, house: House, clock: FakeClock
) -> None:
    found = read(await browser.get(FORM)).fields["subject"]
    assert (found["tabindex"], found["autocomplete"]) == ("-1", "off")
    sent = await fill_in(browser, clock)
    answer = await browser.post(FORM, [*[pair for pair in sent if pair[0] != "subject"], ("subject", "buy")])
    assert answer.location == "form?sent=rejected"
    assert await reasons(house) == [Reason.HONEYPOT]


async def test_a_form_that_is_sent_at_once_is_held(browser: Browser, house: House, clock: FakeClock) -> None:
    token = await token_for(browser)
    clock.advance(seconds=1)
    answer = await browser.post(FORM, {**GOOD, "token": token})
    assert answer.location == "form?sent=pending"
    assert await reasons(house) == [Reason.TOO_FAST]


async def reasons(house: House) -> list[str]:
    """Returns the reasons of all comments there are."""
    from sqlalchemy import text

    async with house.database.open_reading() as work:
        rows = await work.connection.execute(text("SELECT reason FROM comments ORDER BY id"))
        return [row.reason for row in rows]


async def test_a_token_is_ours_for_this_article_for_a_week(browser: Browser, clock: FakeClock) -> None:
    token = await token_for(browser)
    other = await token_for(browser, FORM.replace("a-1", "a-2"))
    changed = ("B" if token[0] == "A" else "A") + token[1:]
    for wrong in ("", "x", other, changed, token + "AAAA", "é", "A" * 5000):
        answer = await browser.post(FORM, {**GOOD, "token": wrong})
        assert answer.status == 422, wrong
        assert "open for too long" in answer.text
        assert GOOD["comment"] in answer.text
    clock.advance(days=7)
    assert (await browser.post(FORM, {**GOOD, "token": token})).status == 422
    assert (await browser.post(FORM, {**GOOD, "token": await token_for(browser)})).status == 303


async def test_a_form_that_is_sent_twice_makes_one_comment(
    browser: Browser, site: SiteSystem, clock: FakeClock
) -> None:
    sent = await fill_in(browser, clock)
    answers = [await browser.post(FORM, sent) for _ in range(2)]
    assert [answer.location for answer in answers] == ["form?sent=approved"] * 2
    assert len(await site.public_ids()) == 1
    changed = [pair for pair in sent if pair[0] != "comment"] + [("comment", a_text(4711))]
    refused = await browser.post(FORM, changed)
    assert refused.status == 409
    assert "used before" in refused.text
    again = [
        (name, str(read(refused).fields["token"]["value"]) if name == "token" else value) for name, value in changed
    ]
    assert (await browser.post(FORM, again)).status == 303


async def test_the_same_comment_in_another_form_is_refused_and_kept(browser: Browser, clock: FakeClock) -> None:
    await write(browser, clock)
    answer = await write(browser, clock)
    assert answer.status == 409
    assert "You have sent the same comment before." in answer.text


async def test_a_reply_stands_under_the_comment_that_it_answers(
    browser: Browser, site: SiteSystem, clock: FakeClock
) -> None:
    await write(browser, clock, name="Bo <b>")
    [first] = await site.public_ids()
    page = await browser.get(f"{FORM}?parent={first}")
    assert "In reply to Bo &lt;b&gt;." in page.text
    await write(browser, clock, f"?parent={first}", comment="I see it the same way.")
    items = (await site.read()).json["items"]
    assert [item["parent_id"] for item in items] == [None, first]


async def test_a_reply_to_what_nobody_can_read_stands_for_itself(
    browser: Browser, site: SiteSystem, clock: FakeClock
) -> None:
    for parent in ("nothing", "x" * 5000, "\0"):
        token = await token_for(browser)
        clock.advance(seconds=10)
        answer = await browser.post(FORM, {**GOOD, "comment": a_text(len(parent)), "token": token, "parent": parent})
        assert answer.location == "form?sent=approved"
    assert [item["parent_id"] for item in (await site.read()).json["items"]] == [None] * 3


async def test_a_closed_article_shows_no_form_and_takes_no_comment(
    browser: Browser, site: SiteSystem, clock: FakeClock
) -> None:
    sent = await fill_in(browser, clock)
    await site.deliver(an_event("article.updated", {"id": "a-1", "comments": "closed", "title": "<i>T</i>"}))
    page = await browser.get(FORM)
    assert "<form" not in page.text
    assert "<cite>&lt;i&gt;T&lt;/i&gt;</cite>" in page.text
    assert (await browser.post(FORM, sent)).status == 409


async def test_a_site_without_form_has_none(browser: Browser, house: House, clock: FakeClock) -> None:
    sent = await fill_in(browser, clock)
    await set_policy(house, form="closed")
    clock.advance(seconds=1)
    await wait_until_known(browser)
    assert (await browser.post(FORM, sent)).status == 404


async def wait_until_known(browser: Browser) -> None:
    """Waits until the service has seen that the form is closed."""
    while (await browser.get(FORM)).status != 404:
        pass


async def test_a_site_or_an_article_that_cannot_be_is_not_found(browser: Browser) -> None:
    for path in (FORM.replace("daily-planet", "nobody"), FORM.replace("a-1", "%00"), FORM.replace("a-1", "x" * 201)):
        assert (await browser.get(path)).status == 404
        assert (await browser.post(path, GOOD)).status == 404


async def test_who_tries_too_often_has_to_wait_and_others_do_not(
    browser: Browser, server: RunningServer, clock: FakeClock
) -> None:
    token = await token_for(browser)
    for _ in range(TRIES_OF_ADDRESS):
        assert (await browser.post(FORM, {"token": token})).status == 422
    refused = await browser.post(FORM, {**GOOD, "token": token})
    assert (refused.status, int(refused.headers["Retry-After"]) <= 61) == (429, True)
    assert GOOD["comment"] in refused.text
    clock.advance(seconds=121)
    assert (await browser.post(FORM, {**GOOD, "token": token})).status == 303


async def test_a_site_takes_so_many_comments_a_minute_by_its_form(
    browser: Browser, house: House, clock: FakeClock
) -> None:
    await set_policy(house, form_limit=2)
    for number in range(3):
        answer = await write(browser, clock, comment=a_text(number), email=f"reader-{number}@example.org")
        assert answer.status == (303 if number < 2 else 429)
    assert answer.headers["RateLimit-Policy"] == '"flood";q=2;w=60'


async def test_a_page_of_a_stranger_cannot_send_the_form_and_one_of_the_site_can(
    browser: Browser, house: House, clock: FakeClock
) -> None:
    await set_policy(house, allowed_origins=["https://m.planet.example.com"])
    verdicts = {
        "https://planet.example.com": 201,
        "https://m.planet.example.com": 201,
        "https://evil.example.com": 403,
        "http://planet.example.com": 403,
        "null": 403,
    }
    for number, (origin, status) in enumerate(verdicts.items()):
        token = await token_for(browser)
        clock.advance(seconds=10)
        page = {"Origin": origin, "Sec-Fetch-Site": "cross-site", **JSON}
        answer = await browser.post(FORM, {**GOOD, "comment": a_text(number), "token": token}, **page)
        assert answer.status == status, origin
        told = answer.headers.get("Access-Control-Allow-Origin")
        assert told == (origin if status == 201 else None)
        assert (await browser.get(FORM, **page)).headers.get("Access-Control-Allow-Origin") == told


async def test_a_program_is_told_by_json_without_score_and_reason(browser: Browser, clock: FakeClock) -> None:
    token = await token_for(browser)
    clock.advance(seconds=10)
    answer = await browser.post(FORM, {**GOOD, "token": token}, **JSON)
    told: dict[str, Any] = json.loads(answer.text)
    assert (answer.status, set(told)) == (201, {"id", "external_id", "status", "comment"})
    assert told["comment"]["author"] == {"name": "Ana", "url": None}
    assert re.fullmatch(r"form-[0-9a-f]{24}", told["external_id"])
    again = await browser.post(FORM, {**GOOD, "token": token}, **JSON)
    assert (again.status, json.loads(again.text)["id"]) == (200, told["id"])


async def test_a_page_of_the_site_can_read_what_is_wrong(browser: Browser) -> None:
    origin = {"Origin": "https://planet.example.com", "Sec-Fetch-Site": "cross-site"}
    answer = await browser.post(FORM, {"token": await token_for(browser)}, **origin, **JSON)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (422, "https://planet.example.com")
    assert {error["field"]: error["code"] for error in json.loads(answer.text)["errors"]} == {
        "name": "required",
        "email": "required",
        "comment": "required",
    }


async def test_the_longest_comment_of_the_widest_letters_fits(
    browser: Browser, site: SiteSystem, clock: FakeClock
) -> None:
    answer = await write(browser, clock, comment="😀" * 20_000)
    assert answer.status == 303
    assert (await write(browser, clock, comment="😀" * 20_001)).status == 422


async def test_a_comment_that_cannot_be_stored_now_is_kept_on_the_page(
    browser: Browser, clock: FakeClock, write_outage: Outage
) -> None:
    sent = await fill_in(browser, clock)
    async with write_outage():
        answer = await browser.post(FORM, sent)
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert GOOD["comment"] in answer.text
    again = [(name, str(read(answer).fields["token"]["value"]) if name == "token" else value) for name, value in sent]
    assert (await browser.post(FORM, again)).status == 303


async def test_a_comment_is_kept_on_the_page_also_when_nothing_can_be_read(
    browser: Browser, clock: FakeClock, outage: Outage
) -> None:
    sent = [*await fill_in(browser, clock), ("parent", "c-1")]
    async with outage():
        answer = await browser.post(FORM, sent)
    assert answer.status == 503
    assert GOOD["comment"] in answer.text


async def test_a_person_is_told_on_a_page_and_a_program_as_a_problem(browser: Browser) -> None:
    nowhere = FORM.replace("daily-planet", "nobody")
    person = await browser.get(nowhere, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (person.status, "There is no form here" in person.text) == (404, True)
    program = await browser.get(nowhere, Accept="*/*")
    assert (program.status, json.loads(program.text)["code"]) == (404, "not_found")
    huge = await browser.post(FORM, {**GOOD, "comment": "x" * 400_000}, Accept="text/html")
    assert (huge.status, "more text than we can take" in huge.text) == (413, True)
