"""The form for readers: a page without JavaScript, and what becomes of what it sends."""

from __future__ import annotations

import json

import pytest

from tests.doors.browser import Browser
from tests.doors.outages import Outage
from tests.doors.reader import FORM, GOOD, fill_in, read, token_for, write
from tests.doors.site_system import SiteSystem
from tests.fakes import DOUBT, SPAM, FakeClock
from tests.makers import a_text, an_event

NOTE = "Your email address will not be published. Required fields are marked *"


pytestmark = pytest.mark.usefixtures("site")


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


async def test_a_site_or_an_article_that_cannot_be_is_not_found(browser: Browser) -> None:
    for path in (FORM.replace("daily-planet", "nobody"), FORM.replace("a-1", "%00"), FORM.replace("a-1", "x" * 201)):
        assert (await browser.get(path)).status == 404
        assert (await browser.post(path, GOOD)).status == 404


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
