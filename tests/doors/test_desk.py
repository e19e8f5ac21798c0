"""What moderators do beside deciding: look closely, claim, note, judge authors, and, rarely, see an address."""

from __future__ import annotations

from math import log
from typing import Any

import pytest
from sqlalchemy import select

from moderation.bundled import bundled_folder
from moderation.domain import Role
from moderation.scoring import Scorer, load_bundled
from moderation.storage.tables import audit_entries
from moderation.wiring import Service
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import SiteSystem
from tests.fakes import FakeClock
from tests.makers import a_payload

pytestmark = pytest.mark.usefixtures("no_flood_limit")


async def audited(service: Service, action: str) -> list[tuple[str, str, Any]]:
    """Returns actor, subject and details of what was done."""
    query = select(audit_entries).where(audit_entries.c.action == action).order_by(audit_entries.c.id)
    async with service.open_reading() as work:
        return [(row.actor, row.subject, row.details) for row in await work.connection.execute(query)]


async def test_a_claim_is_seen_by_colleagues_and_ends_by_itself(
    site: SiteSystem, kim: Desk, lee: Desk, clock: FakeClock
) -> None:
    comment = await held(site, "c-1")

    claimed = await kim.ask("POST", f"/v1/comments/{comment}/claim")

    assert (claimed.status, claimed.json["moderator"]) == (200, "kim")
    assert claimed.json["expires_at"] == "2026-11-23T10:02:00Z"
    assert (await lee.find("c-1"))["claim"] == claimed.json
    refused = await lee.ask("POST", f"/v1/comments/{comment}/claim")
    assert refused.verdict == (409, "claimed")
    assert refused.json["claim"] == {"moderator": "kim", "expires_at": "2026-11-23T10:02:00Z"}
    clock.advance(seconds=119)
    assert (await kim.ask("POST", f"/v1/comments/{comment}/claim")).json["expires_at"] == "2026-11-23T10:03:59Z"
    clock.advance(seconds=121)
    assert (await kim.find("c-1"))["claim"] is None
    assert (await lee.ask("POST", f"/v1/comments/{comment}/claim")).json["moderator"] == "lee"


async def test_a_claim_is_ended_by_its_owner_and_by_a_decision(site: SiteSystem, kim: Desk, lee: Desk) -> None:
    comment = await held(site, "c-1")
    path = f"/v1/comments/{comment}/claim"

    assert (await kim.ask("DELETE", path)).status == 204  # there is none: as wished
    await kim.ask("POST", path)
    assert (await lee.ask("DELETE", path)).verdict == (409, "claimed")
    assert (await kim.ask("DELETE", path)).status == 204
    assert (await lee.ask("POST", path)).status == 200
    assert (await kim.decide(comment, "pending")).status == 201  # a claim keeps nobody from deciding
    assert (await kim.find("c-1"))["claim"] is None


async def test_notes_are_for_colleagues(site: SiteSystem, kim: Desk, lee: Desk) -> None:
    comment = await held(site, "c-1")

    noted = await kim.ask("POST", f"/v1/comments/{comment}/notes", {"text": " <b>call the author</b>\n"})
    await lee.ask("POST", f"/v1/comments/{comment}/notes", {"text": "done"})

    assert (noted.status, noted.json["text"]) == (201, "<b>call the author</b>")
    assert [(note["moderator"], note["text"]) for note in (await lee.case(comment))["notes"]] == [
        ("kim", "<b>call the author</b>"),
        ("lee", "done"),
    ]
    for text, code in (("", "required"), (" ", "required"), ("x" * 2001, "too_long"), (5, "invalid")):
        wrong = await kim.ask("POST", f"/v1/comments/{comment}/notes", {"text": text})
        assert wrong.wrong_fields == {"text": code}


async def test_the_weights_of_an_explanation_add_up_to_the_logit_of_the_score(
    service: Service, site: SiteSystem, kim: Desk
) -> None:
    comment = await held(site, "c-1", text="click here for cheap casino money at https://casino.example")
    assert (await kim.case(comment))["explanation"] is None  # the classifier of the tests gives no reasons
    service.scorer = Scorer(load_bundled(bundled_folder("models")))

    case = await kim.case(comment)

    score = case["explained_score"]
    total = case["intercept"] + sum(each["weight"] for each in case["explanation"])
    assert total == pytest.approx(log(score / (1 - score)), abs=1e-6)
    assert case["explained_model"] == service.scorer.version
    spans = [span for each in case["explanation"] for span in each["spans"]]
    assert spans
    assert all(0 <= begin < end <= len(case["text"]) for begin, end in spans)


async def test_what_is_alike_in_the_queue_is_shown(site: SiteSystem, kim: Desk) -> None:
    words = "please click here to see how my uncle made very much money with these old stamps"
    ids = [await held(site, f"c-{number}", text=f"{words} {'!' * number}") for number in range(3)]
    await held(site, "other", text="click here, though this is something quite different about bridges and rivers")
    gone = await held(site, "c-3", text=words)
    await kim.decide(gone, "rejected", "spam")

    alike = (await kim.case(ids[0]))["duplicates"]

    assert {each["external_id"] for each in alike} == {"c-1", "c-2"}
    assert {each["status"] for each in alike} == {"pending"}


async def test_the_history_of_an_author_is_known_by_pseudonym(site: SiteSystem, kim: Desk, clock: FakeClock) -> None:
    for number in range(3):
        clock.advance(seconds=1)
        await held(site, f"c-{number}", **{"author.email": "ana@example.org", "author.name": f"Ana {number}"})
    await site.post(a_payload(external_id="fine", **{"author.email": "ana@example.org", "author.name": "Ana"}))
    await held(site, "other")
    item = await kim.find("c-1")

    answer = await kim.ask("GET", f"/v1/authors/{item['author']['id']}")

    known = answer.json
    assert (known["name"], known["standing"], known["until"]) == ("Ana", "normal", None)
    assert known["counts"] == {"approved": 1, "pending": 3, "rejected": 0}
    assert [each["external_id"] for each in known["latest"]] == ["fine", "c-2", "c-1", "c-0"]
    history = (await kim.case(item["id"]))["author_history"]
    assert [each["external_id"] for each in history["latest"]] == ["fine", "c-2", "c-0"]
    assert b"ana@example.org" not in answer.body


@pytest.mark.parametrize(
    ("standing", "becomes"),
    [
        ("banned", ("rejected", "banned_author")),
        ("held", ("pending", "held_author")),
        ("normal", ("approved", "clean")),
    ],
)
async def test_the_standing_of_an_author_decides_what_comes_next(
    service: Service, site: SiteSystem, kim: Desk, standing: str, becomes: tuple[str, str]
) -> None:
    comment = await held(site, "c-1", **{"author.email": "ana@example.org"})
    author = (await kim.case(comment))["author"]["id"]

    answer = await kim.ask("POST", f"/v1/authors/{author}/standing", {"standing": standing, "reason": "again"})

    assert (answer.status, answer.json["standing"]) == (200, standing)
    receipt = (await site.post(a_payload(**{"author.email": "ana@example.org"}))).json
    assert (receipt["status"], receipt["reason"]) == becomes
    details = {"was": "normal", "standing": standing, "until": None, "reason": "again"}
    assert await audited(service, "author.standing") == [("kim", author, details)]


async def test_a_suspension_that_is_over_before_it_begins_lifts_no_ban(site: SiteSystem, kim: Desk) -> None:
    comment = await held(site, "c-1", **{"author.email": "ana@example.org"})
    author = (await kim.case(comment))["author"]["id"]
    await kim.ask("POST", f"/v1/authors/{author}/standing", {"standing": "banned"})

    slip = {"standing": "banned", "until": "2025-12-01T00:00:00Z"}
    answer = await kim.ask("POST", f"/v1/authors/{author}/standing", slip)

    assert answer.verdict == (422, "invalid")
    receipt = (await site.post(a_payload(**{"author.email": "ana@example.org"}))).json
    assert (receipt["status"], receipt["reason"]) == ("rejected", "banned_author")


async def test_a_suspension_ends_and_is_for_one_site_only(
    site: SiteSystem, other_site: SiteSystem, kim: Desk, clock: FakeClock
) -> None:
    comment = await held(site, "c-1", **{"author.email": "ana@example.org"})
    path = f"/v1/authors/{(await kim.case(comment))['author']['id']}/standing"
    until = {"standing": "banned", "until": "2026-11-23T12:00:00+01:00"}

    assert (await kim.ask("POST", path, until)).json["until"] == "2026-11-23T11:00:00Z"

    assert (await site.post(a_payload(**{"author.email": "ana@example.org"}))).json["status"] == "rejected"
    assert (await other_site.post(a_payload(**{"author.email": "ana@example.org"}))).json["status"] == "approved"
    clock.advance(hours=2)
    assert (await site.post(a_payload(**{"author.email": "ana@example.org"}))).json["status"] == "approved"
    assert (await kim.ask("GET", path.removesuffix("/standing"))).json["standing"] == "normal"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"standing": "required"}),
        ({"standing": "loved"}, {"standing": "invalid"}),
        ({"standing": "banned", "until": "tomorrow"}, {"until": "invalid"}),
        ({"standing": "banned", "until": "2026-12-01T00:00:00"}, {"until": "invalid"}),
        ({"standing": "banned", "until": "0001-01-01T00:00:00+14:00"}, {"until": "invalid"}),
        ({"standing": "banned", "until": 1_800_000_000}, {"until": "invalid"}),
        ({"standing": "normal", "until": "2026-12-01T00:00:00Z"}, {"until": "invalid"}),
    ],
)
async def test_a_standing_that_makes_no_sense_is_invalid(
    site: SiteSystem, kim: Desk, body: object, wrong: dict[str, str]
) -> None:
    comment = await held(site, "c-1")
    author = (await kim.case(comment))["author"]["id"]

    assert (await kim.ask("POST", f"/v1/authors/{author}/standing", body)).wrong_fields == wrong


async def test_an_address_is_shown_to_an_administrator_who_says_why_and_it_is_audited(
    service: Service, site: SiteSystem, kim: Desk
) -> None:
    admin = await a_desk(service, site, role=Role.ADMIN, name="root")
    comment = await held(site, "c-1", **{"author.email": "Ana@example.org"})
    path = f"/v1/comments/{comment}/author-email"

    assert (await kim.ask("POST", path, {"reason": "curious"})).verdict == (403, "forbidden")
    assert (await admin.ask("POST", path, {"reason": " "})).wrong_fields == {"reason": "required"}
    assert await audited(service, "author.email") == []
    shown = await admin.ask("POST", path, {"reason": "a court order"})

    assert (shown.status, shown.json) == (200, {"email": "Ana@example.org"})
    assert shown.headers["Cache-Control"] == "no-store"
    [(actor, subject, details)] = await audited(service, "author.email")
    assert (actor, subject, details["reason"]) == ("root", comment, "a court order")
    assert "example.org" not in str(details)
