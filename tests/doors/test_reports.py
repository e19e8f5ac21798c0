"""Readers complain, by their site's system or at our door; people look, and only the site's limit hides anything."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from moderation.domain import Role
from moderation.storage.tables import reports
from moderation.wiring import Service
from moderation.workflows.forget import REPORTERS_ARE_KNOWN
from moderation.workflows.keys import rotate
from tests.doors.browser import Browser
from tests.doors.newsroom import Desk, a_desk
from tests.doors.reader import set_policy
from tests.doors.site_system import Answer, SiteSystem
from tests.fakes import FakeClock
from tests.makers import a_payload, an_event
from tests.workflows.steps import column, count_of

pytestmark = pytest.mark.usefixtures("no_flood_limit")
JSON = {"Accept": "application/json", "Content-Type": "application/json"}


async def published(site: SiteSystem, external_id: str = "c-1") -> str:
    """Posts a comment that is published; returns our id."""
    answer = await site.post(a_payload(external_id=external_id))
    assert answer.json["status"] == "approved"
    comment: str = answer.json["id"]
    return comment


def door(comment: str) -> str:
    return f"/v1/sites/daily-planet/articles/a-1/comments/{comment}/reports"


async def complain(site: SiteSystem, comment: str, **fields: object) -> Answer:
    return await site.ask("POST", door(comment), body=json.dumps(fields).encode(), headers=JSON)


async def pass_on(site: SiteSystem, reporter: str | None, external_id: str = "c-1", **fields: object) -> Answer:
    data = {"external_id": external_id, "reason": "abuse", "reporter": reporter, **fields}
    return await site.deliver(an_event("comment.reported", data))


async def test_a_report_raises_the_comment_and_hides_nothing(site: SiteSystem, service: Service, kim: Desk) -> None:
    comment = await published(site)
    await published(site, "c-2")
    for number in range(20):
        answer = await pass_on(site, f"r-{number}", text="Look at this <b>")
        assert (answer.status, answer.json["status"]) == (200, "approved")
    assert await site.public_ids() == ["c-1", "c-2"]
    assert await kim.listed() == []
    assert await kim.listed("status=approved&reported=true&sort=reports") == ["c-1"]
    case = await kim.case(comment)
    assert case["reports"] == len(case["reported"]) == 20
    first = case["reported"][-1]
    assert (first["reason"], first["text"], first["state"]) == ("abuse", "Look at this <b>", "open")
    assert len({report["reporter"] for report in case["reported"]}) == 20
    assert await count_of(service.house.database, reports) == 20


async def test_one_reader_counts_once_and_one_delivery_is_obeyed_once(site: SiteSystem, kim: Desk) -> None:
    comment = await published(site)
    for _ in range(3):
        await pass_on(site, "r-1")
    event = an_event("comment.reported", {"external_id": "c-1", "reason": "abuse"})
    for _ in range(2):
        assert (await site.deliver(event, id="msg_same")).status == 200
    assert (await kim.case(comment))["reports"] == 2


async def test_what_a_site_calls_otherwise_is_kept_in_its_words(site: SiteSystem, kim: Desk) -> None:
    comment = await published(site)
    await pass_on(site, "r-1", reason="Offensive", text="Really.")
    [report] = (await kim.case(comment))["reported"]
    assert (report["reason"], report["text"]) == ("other", "Offensive\nReally.")


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({"external_id": "c-1"}, {"reason": "required"}),
        ({"external_id": "c-1", "reason": "x" * 101, "text": "x" * 2001}, {"reason": "too_long", "text": "too_long"}),
        ({"reason": "spam", "reporter": 5}, {"external_id": "required", "reporter": "invalid"}),
    ],
)
async def test_what_is_wrong_with_a_report_is_told_at_once(
    site: SiteSystem, data: dict[str, object], wrong: dict[str, str]
) -> None:
    assert (await site.deliver(an_event("comment.reported", data))).wrong_fields == wrong


async def test_what_was_never_here_cannot_be_reported(site: SiteSystem) -> None:
    assert (await pass_on(site, "r-1")).verdict == (404, "not_found")


async def test_from_the_sites_limit_on_a_comment_waits_for_a_person(
    site: SiteSystem, service: Service, kim: Desk, clock: FakeClock
) -> None:
    comment = await published(site)
    await set_policy(service.house, report_limit=3)
    await known_anew(service)
    for number in range(2):
        await pass_on(site, f"r-{number}")
    assert await site.public_ids() == ["c-1"]
    answer = await pass_on(site, "r-2")
    assert (answer.json["status"], answer.json["reason"]) == ("pending", "reported")
    assert await site.public_ids() == []
    # The machine does not publish it again because of an edit.
    edit = an_event("comment.edited", {"external_id": "c-1", "text": "Nothing but kind words."}, timestamp=later(clock))
    assert (await site.deliver(edit)).json["reason"] == "reported"
    # What a person has published stays public, however many complain.
    assert (await kim.decide(comment, "approved", version=3)).status == 201
    assert (await kim.case(comment))["reports"] == 0
    for number in range(5):
        await pass_on(site, f"again-{number}")
    assert await site.public_ids() == ["c-1"]
    assert (await kim.case(comment))["reports"] == 5


def later(clock: FakeClock) -> str:
    return (clock() + timedelta(minutes=1)).isoformat()


async def known_anew(service: Service) -> None:
    """Lets the service see what was set."""
    service.directory._known.clear()


async def test_who_was_wrong_more_often_than_right_does_not_count_towards_the_limit(
    site: SiteSystem, service: Service, kim: Desk
) -> None:
    await set_policy(service.house, report_limit=2)
    await known_anew(service)
    for number in range(3):
        comment = await published(site, f"old-{number}")
        await pass_on(site, "grumbler", f"old-{number}")
        await kim.decide(comment, "approved")
    comment = await published(site)
    await pass_on(site, "r-1")
    await pass_on(site, "grumbler")
    assert "c-1" in await site.public_ids()
    [latest, _] = (await kim.case(comment))["reported"]
    assert (latest["reporter_right"], latest["reporter_wrong"]) == (0, 3)
    assert (await pass_on(site, "r-2")).json["status"] == "pending"


async def test_a_ruling_settles_reports_and_an_undo_opens_them_again(site: SiteSystem, kim: Desk) -> None:
    comment = await published(site)
    await pass_on(site, "r-1")

    async def found() -> tuple[str, int, int]:
        case = await kim.case(comment)
        [report] = case["reported"]
        return report["state"], case["reports"], report["reporter_right"]

    first = await kim.decide(comment, "rejected", "abuse")
    assert await found() == ("upheld", 0, 1)
    undo = await kim.ask("POST", f"/v1/decisions/{first.json['id']}/undo")
    assert await found() == ("open", 1, 0)
    await kim.ask("POST", f"/v1/decisions/{undo.json['id']}/undo")
    assert await found() == ("upheld", 0, 1)


async def test_anyone_may_report_what_anyone_can_read_and_gets_a_receipt(
    site: SiteSystem, kim: Desk, clock: FakeClock
) -> None:
    comment = await published(site)
    answer = await complain(site, comment, reason="hate", text="Against my neighbours.")
    assert (answer.status, answer.json["state"], answer.json["reason"]) == (201, "open", "hate")
    again = await complain(site, comment, reason="spam")
    assert (again.status, again.json) == (200, answer.json)
    receipt = f"/v1/sites/daily-planet/reports/{answer.json['reference']}"
    assert (await site.ask("GET", receipt, headers=JSON)).json == answer.json
    clock.advance(minutes=5)
    await kim.decide(comment, "rejected", "hate")
    found = await site.ask("GET", receipt.lower(), headers=JSON)
    assert (found.json["state"], found.json["settled_at"]) == ("upheld", clock().isoformat().replace("+00:00", "Z"))
    # What nobody can read any more cannot be reported by anybody else either.
    assert (await complain(site, comment, reason="hate")).verdict == (404, "not_found")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"reason": "required"}),
        ({"reason": "dislike"}, {"reason": "invalid"}),
        ({"reason": "illegal"}, {"text": "required", "good_faith": "required"}),
        (
            {"reason": "illegal", "text": "x" * 4001, "email": "ana@", "good_faith": "no"},
            {"text": "too_long", "email": "invalid", "good_faith": "invalid"},
        ),
    ],
)
async def test_what_is_wrong_is_told_at_our_own_door(
    site: SiteSystem, fields: dict[str, object], wrong: dict[str, str]
) -> None:
    assert (await complain(site, await published(site), **fields)).wrong_fields == wrong


async def test_no_other_comment_can_be_reported_at_our_door(
    site: SiteSystem, other_site: SiteSystem, service: Service
) -> None:
    comment = await published(site)
    elsewhere = door(comment).replace("daily-planet", "gazette")
    for path in (
        elsewhere,
        door(comment).replace("a-1", "a-2"),
        door("no-id"),
        door(comment).replace("a-1", "%00"),
        "/v1/sites/daily-planet/reports/%00",
        "/v1/sites/daily-planet/reports/2222-2222-2222-2222",
    ):
        method = "GET" if path.endswith(("2", "%00")) else "POST"
        answer = await site.ask(method, path, body=b'{"reason": "spam"}' if method == "POST" else None, headers=JSON)
        assert answer.verdict == (404, "not_found"), path
    await set_policy(service.house, reports="closed")
    await known_anew(service)
    assert (await complain(site, comment, reason="spam")).verdict == (404, "not_found")


async def test_who_reports_too_often_has_to_wait_and_may_still_write(site: SiteSystem, clock: FakeClock) -> None:
    comment = await published(site)
    statuses = [(await complain(site, comment, reason="spam")).status for _ in range(11)]
    assert statuses == [201, *[200] * 9, 429]
    form = await site.ask("GET", "/v1/sites/daily-planet/articles/a-1/form", headers=JSON)
    assert form.status == 200
    clock.advance(minutes=3)
    assert (await complain(site, comment, reason="spam")).status == 200


async def test_a_page_of_a_stranger_cannot_report_in_a_readers_name(site: SiteSystem) -> None:
    comment = await published(site)
    headers = {**JSON, "Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"}
    answer = await site.ask("POST", door(comment), body=b'{"reason": "spam"}', headers=headers)
    assert answer.verdict == (403, "forbidden")


async def test_a_notice_of_illegal_content_has_a_page_and_a_receipt(
    browser: Browser, site: SiteSystem, service: Service, kim: Desk, clock: FakeClock
) -> None:
    comment = await published(site)
    page = await browser.get(door(comment))
    assert page.status == 200
    wrong = await browser.post(door(comment), {"reason": "illegal", "email": "very.private@example.org", "name": "Bo"})
    assert wrong.status == 422
    assert "Please say why." in wrong.text
    assert "A notice needs this statement." in wrong.text
    assert "very.private" not in wrong.text
    fields = {"reason": "illegal", "text": "§ 130 StGB", "name": "Bo", "email": "bo@example.org", "good_faith": "on"}
    sent = await browser.post(door(comment), fields, Sec_Fetch_Site="same-origin")
    assert sent.status == 303
    where = "/v1/sites/daily-planet/" + sent.location.removeprefix("../../../../")
    receipt = await browser.get(where, Accept_Language="de")
    assert "Bestätigung: Ihre Meldung rechtswidriger Inhalte ist angekommen" in receipt.text
    assert sent.location.rsplit("/", 1)[1] in receipt.text
    assert "bo@example.org" not in receipt.text

    [report] = (await kim.case(comment))["reported"]
    assert (report["reason"], report["has_contact"]) == ("illegal", True)
    reveal = f"/v1/reports/{report['id']}/contact"
    assert (await kim.ask("POST", reveal, {"reason": "answer"})).verdict == (403, "forbidden")
    ada = await a_desk(service, site, role=Role.ADMIN, name="ada")
    expected = {"name": "Bo", "email": "bo@example.org"}
    assert (await ada.ask("POST", reveal, {"reason": "answer"})).json == expected
    trail = (await ada.ask("GET", "/v1/sites/daily-planet/audit")).json["items"]
    assert [entry["action"] for entry in trail if entry["subject"] == report["id"]] == ["report.contact"]

    house = service.house
    await rotate(house.secret_keys, open_work=service.open_work, now=service.now, progress=lambda *_: None)
    from moderation.workflows.keys import learn_keys

    await learn_keys(house.vault, open_reading=service.open_reading)
    assert (await ada.ask("POST", reveal, {"reason": "answer"})).json == expected

    clock.moment += REPORTERS_ARE_KNOWN + timedelta(seconds=1)
    await service.forget()
    [report] = (await kim.case(comment))["reported"]
    assert (report["reporter"], report["has_contact"], report["text"]) == (None, False, "§ 130 StGB")


async def test_pages_tell_people_what_is_not_there(browser: Browser, site: SiteSystem) -> None:
    comment = await published(site)
    await site.deliver(an_event("comment.deleted", {"external_id": "c-1"}))
    gone = await browser.get(door(comment), Accept="text/html")
    assert (gone.status, "There is nothing here, or not any more." in gone.text) == (404, True)


async def test_a_comment_is_counted_as_reported_where_it_lies(site: SiteSystem, service: Service) -> None:
    await published(site)
    await pass_on(site, None)
    await pass_on(site, None)
    assert await column(service.house.database, "reports") == [2]
