"""Who may send the form for readers, how often, and what gives a robot away."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from moderation.domain import Reason
from moderation.readers.flood import TRIES_OF_ADDRESS
from moderation.web.server import RunningServer
from moderation.wiring import House
from tests.doors.browser import Browser
from tests.doors.reader import FORM, GOOD, JSON, fill_in, read, set_policy, token_for, write
from tests.doors.site_system import SiteSystem
from tests.fakes import FakeClock
from tests.makers import a_text

pytestmark = pytest.mark.usefixtures("site")


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


async def test_a_site_without_form_has_none(browser: Browser, house: House, clock: FakeClock) -> None:
    sent = await fill_in(browser, clock)
    await set_policy(house, form="closed")
    clock.advance(seconds=1)
    await wait_until_known(browser)
    assert (await browser.post(FORM, sent)).status == 404


async def wait_until_known(browser: Browser) -> None:
    """Waits until the service has seen that the form is closed."""
    async with asyncio.timeout(10):
        while (await browser.get(FORM)).status != 404:
            pass


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
