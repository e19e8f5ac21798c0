"""Whoever wrote a rejected comment is told why, and may appeal once; another moderator than the first one decides."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from moderation.policy import APPEAL_FOR
from moderation.storage.tables import outbox
from moderation.wiring import Service
from moderation.workflows.appeal_links import appeal_key
from moderation.workflows.deliver import Courier
from moderation.workflows.directory import KnownSite
from tests.doors.browser import Browser
from tests.doors.newsroom import Desk, held
from tests.doors.reader import set_policy
from tests.doors.site_system import Answer, SiteSystem
from tests.doors.test_reports import known_anew
from tests.fakes import SPAM, FakeClock
from tests.makers import a_payload, an_event
from tests.receivers import Receiver
from tests.workflows.conftest import courier, receiver, sender  # noqa: F401
from tests.workflows.delivering import brought, document_of, told

pytestmark = pytest.mark.usefixtures("no_flood_limit")
JSON = {"Accept": "application/json", "Content-Type": "application/json"}


async def rejected(site: SiteSystem, desk: Desk, external_id: str = "c-1", **more: Any) -> str:
    """Has a moderator reject a comment; returns our id."""
    comment = await held(site, external_id)
    assert (await desk.decide(comment, "rejected", more.pop("reason", "abuse"), **more)).status == 201
    return comment


async def statement(site: SiteSystem, comment: str) -> Answer:
    return await site.ask("GET", f"/v1/sites/{site.slug}/comments/{comment}/statement", headers=site.with_key())


async def link_of(site: SiteSystem, comment: str) -> str:
    link: str = (await statement(site, comment)).json["appeal"]["url"]
    return link


async def appeal(site: SiteSystem, link: str, text: str = "I was quoting the mayor.") -> Answer:
    return await site.ask("POST", link, body=json.dumps({"text": text}).encode(), headers=JSON)


async def bodies(service: Service, kind: str) -> list[dict[str, Any]]:
    """Returns what sites are told by events of a kind, oldest first."""
    async with service.open_reading() as work:
        query = select(outbox.c.body).where(outbox.c.type == kind).order_by(outbox.c.id)
        return list((await work.connection.execute(query)).scalars())


async def test_a_statement_says_what_why_how_and_what_can_be_done(site: SiteSystem, kim: Desk) -> None:
    comment = await rejected(site, kim, basis="Rule 3: no insults")
    told = (await statement(site, comment)).json
    assert {name: told[name] for name in ("restriction", "ground", "basis", "automated", "source", "version")} == {
        "restriction": "not_public",
        "ground": "rules",
        "basis": "Rule 3: no insults",
        "automated": False,
        "source": "own_initiative",
        "version": 2,
    }
    assert told["model"] == "fake-1"
    for said in ("Rule 3: no insults", "by a person", "fake-1", told["appeal"]["url"], "2027-05-26", "court"):
        assert said in told["text"]
    assert told["appeal"]["url"].startswith("/v1/sites/daily-planet/appeals/")


@pytest.mark.parametrize(
    ("policy", "payload", "reason", "automated"),
    [
        ({"blocked_words": ["zounds"]}, {"text": "Zounds, what a bridge"}, "blocked_word", True),
        ({}, {"text": SPAM}, "spam", None),
        ({}, {"text": "Fine.", "trap": "filled in"}, "honeypot", None),
    ],
)
async def test_the_machines_rejections_are_explained_but_spam_is_exempt(
    site: SiteSystem,
    service: Service,
    policy: dict[str, object],
    payload: dict[str, object],
    reason: str,
    automated: bool | None,
) -> None:
    await set_policy(service.house, **policy)
    await known_anew(service)
    answer = await site.post(a_payload(external_id="c-1", **payload))
    assert (answer.json["status"], answer.json["reason"]) == ("rejected", reason)
    told = await statement(site, answer.json["id"])
    [body] = await bodies(service, "comment.rejected")
    if automated is None:
        assert told.verdict == (404, "not_found")
        assert "statement" not in body
        return
    assert told.json["automated"] is automated
    assert "no person has looked at it yet" in body["statement"]["text"]
    assert (await appeal(site, await link_of(site, answer.json["id"]))).status == 201


async def test_a_site_says_it_in_its_own_words_or_in_german(site: SiteSystem, service: Service, kim: Desk) -> None:
    comment = await rejected(site, kim, reason="illegal")
    await set_policy(service.house, statement_language="de", rules_url="https://planet.example.com/rules")
    await known_anew(service)
    told = (await statement(site, comment)).json
    assert (told["ground"], told["basis"]) == ("law", "https://planet.example.com/rules")
    assert "Die Regeln stehen unter https://planet.example.com/rules." in told["text"]
    await set_policy(service.house, statement="Dear reader: {reason} {appeal}")
    await known_anew(service)
    own = (await statement(site, comment)).json["text"]
    assert own.startswith("Dear reader: Sein Inhalt wird für rechtswidrig gehalten. ")
    assert told["appeal"]["url"] in own


async def test_only_the_site_itself_gets_it_and_only_while_it_stands(
    site: SiteSystem, other_site: SiteSystem, kim: Desk, lee: Desk
) -> None:
    comment = await rejected(site, kim)
    path = f"/v1/sites/gazette/comments/{comment}/statement"
    assert (await other_site.ask("GET", path, headers=other_site.with_key())).verdict == (404, "not_found")
    assert (await site.ask("GET", path.replace("gazette", site.slug))).verdict == (401, "unauthenticated")
    await lee.decide(comment, "approved", version=2)
    assert (await statement(site, comment)).verdict == (404, "not_found")


async def test_the_event_holds_the_statement_with_the_link_and_the_store_does_not(
    site: SiteSystem,
    service: Service,
    known: KnownSite,
    kim: Desk,
    receiver: Receiver,  # noqa: F811
    courier: Courier,  # noqa: F811
) -> None:
    await told(service.house, known, receiver, "comment.rejected")
    comment = await rejected(site, kim)
    await brought(courier)
    [letter] = map(document_of, receiver.received)
    assert letter["data"]["statement"] == (await statement(site, comment)).json
    link = letter["data"]["statement"]["appeal"]["url"]
    [stored] = await bodies(service, "comment.rejected")
    assert link.rsplit("/", 1)[1] not in json.dumps(stored)
    assert (await appeal(site, link)).status == 201


async def test_an_appeal_is_decided_by_another_moderator_and_told_to_the_site(
    site: SiteSystem, service: Service, kim: Desk, lee: Desk
) -> None:
    comment = await rejected(site, kim)
    link = await link_of(site, comment)
    before = (await site.ask("GET", link, headers=JSON)).json
    assert (before["can_appeal"], before["state"]) == (True, None)
    assert (await appeal(site, link)).json["state"] == "open"
    again = await appeal(site, link, "Another text.")
    assert (again.status, again.json["can_appeal"]) == (200, False)

    [mine] = (await kim.ask("GET", "/v1/sites/daily-planet/appeals")).json["items"]
    [others] = (await lee.ask("GET", "/v1/sites/daily-planet/appeals")).json["items"]
    assert (mine["mine"], others["mine"], others["text"]) == (True, False, "I was quoting the mayor.")
    assert others["comment"]["id"] == comment
    decision = f"/v1/appeals/{others['id']}/decision"
    grant = {"outcome": "granted", "answer": "Sorry."}
    assert (await kim.ask("POST", decision, grant)).verdict == (403, "own_decision")
    # Nor by any other way.
    assert (await kim.decide(comment, "approved", version=2)).verdict == (403, "own_decision")
    many = await kim.decide_many("approved", ids=[comment])
    assert many.verdict == (403, "own_decision")
    latest = (await kim.case(comment))["decisions"][-1]["id"]
    assert (await kim.ask("POST", f"/v1/decisions/{latest}/undo")).verdict == (403, "own_decision")

    granted = await lee.ask("POST", decision, grant)
    assert (granted.status, granted.json["status"]) == (201, "approved")
    assert await site.public_ids() == ["c-1"]
    [event] = await bodies(service, "appeal.decided")
    assert (event["id"], event["outcome"], event["status"], event["answer"]) == (
        comment,
        "granted",
        "approved",
        "Sorry.",
    )
    after = (await site.ask("GET", link, headers=JSON)).json
    assert (after["state"], after["answer"], after["can_appeal"]) == ("granted", "Sorry.", False)
    assert (await lee.ask("POST", decision, grant)).verdict == (409, "already_decided")


async def test_a_refusal_is_answered_and_final(site: SiteSystem, service: Service, kim: Desk, lee: Desk) -> None:
    comment = await rejected(site, kim, reason="hate", basis="Rule 5")
    await appeal(site, await link_of(site, comment))
    [one] = (await lee.ask("GET", "/v1/sites/daily-planet/appeals")).json["items"]
    decision = f"/v1/appeals/{one['id']}/decision"
    assert (await lee.ask("POST", decision, {"outcome": "refused"})).wrong_fields == {"answer": "required"}
    assert (await lee.ask("POST", decision, {"outcome": "open"})).wrong_fields == {"outcome": "invalid"}
    refused = await lee.ask("POST", decision, {"outcome": "refused", "answer": "It stays."})
    assert (refused.json["status"], refused.json["reason"]) == ("rejected", "hate")
    told = (await statement(site, comment)).json
    assert (told["appeal"], told["basis"]) == (None, "Rule 5")
    assert "decided on your appeal" in told["text"]
    [_, last] = await bodies(service, "comment.rejected")
    assert last["statement"]["appeal"] is None
    assert (await lee.ask("GET", "/v1/sites/daily-planet/appeals")).json["items"] == []
    assert len((await lee.ask("GET", "/v1/sites/daily-planet/appeals?state=refused")).json["items"]) == 1
    # The second decision has no link of its own.
    async with service.open_reading() as work:
        found = await work.sites.find(site.slug)
    assert found is not None
    key = appeal_key(service.house.vault, found.id, UUID(comment), 3)
    assert (await appeal(site, f"/v1/sites/daily-planet/appeals/{key}")).verdict == (409, "already_decided")
    # What was decided on an appeal can be taken back, and then the appeal waits again.
    await lee.ask("POST", f"/v1/decisions/{refused.json['id']}/undo")
    assert len((await kim.ask("GET", "/v1/sites/daily-planet/appeals")).json["items"]) == 1


async def test_an_ordinary_decision_of_another_moderator_decides_the_appeal_too(
    site: SiteSystem, service: Service, kim: Desk, lee: Desk
) -> None:
    comment = await rejected(site, kim)
    link = await link_of(site, comment)
    await appeal(site, link)
    assert (await lee.decide(comment, "pending", version=2)).status == 201
    assert (await site.ask("GET", link, headers=JSON)).json["state"] == "open"
    assert (await lee.decide(comment, "approved", version=3)).status == 201
    assert (await site.ask("GET", link, headers=JSON)).json["state"] == "granted"
    assert [body["outcome"] for body in await bodies(service, "appeal.decided")] == ["granted"]


async def test_a_link_is_good_for_its_comment_site_and_time_only(
    site: SiteSystem, other_site: SiteSystem, kim: Desk, lee: Desk, clock: FakeClock
) -> None:
    comment = await rejected(site, kim)
    link = await link_of(site, comment)
    changed = link[:-1] + ("A" if link[-1] != "A" else "B")
    for wrong in (link.replace("daily-planet", "gazette"), changed, link + "AAAA", link[:-4], link[:-1] + "%C3%A9"):
        assert (await appeal(site, wrong)).verdict == (404, "not_found"), wrong
    await lee.decide(comment, "pending", version=2)
    assert (await appeal(site, link)).verdict == (409, "already_decided")
    second = await rejected(site, kim, "c-2")
    link = await link_of(site, second)
    clock.moment += APPEAL_FOR
    assert (await site.ask("GET", link, headers=JSON)).verdict == (404, "not_found")
    third = await rejected(site, kim, "c-3")
    link = await link_of(site, third)
    await site.deliver(an_event("comment.deleted", {"external_id": "c-3"}))
    assert (await appeal(site, link)).verdict == (404, "not_found")


async def test_the_page_behind_the_link_needs_no_javascript(
    browser: Browser, site: SiteSystem, kim: Desk, lee: Desk
) -> None:
    link = await link_of(site, await rejected(site, kim))
    page = await browser.get(link)
    assert "What was decided, and why" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    empty = await browser.post(link, {"text": " "})
    assert (empty.status, 'aria-invalid="true"' in empty.text) == (422, True)
    sent = await browser.post(link, {"text": "I was <b>quoting</b>."})
    assert (sent.status, sent.location) == (303, f"{link.rsplit('/', 1)[1]}?sent=1")
    waiting = await browser.get(link + "?sent=1")
    assert "Your appeal has arrived." in waiting.text
    assert "<form" not in waiting.text
    [one] = (await lee.ask("GET", "/v1/sites/daily-planet/appeals")).json["items"]
    await lee.ask("POST", f"/v1/appeals/{one['id']}/decision", {"outcome": "refused", "answer": "No <i>."})
    decided = await browser.get(link)
    assert "Your appeal was refused" in decided.text
    assert "No &lt;i&gt;." in decided.text


async def test_a_notice_that_was_upheld_is_told_to_the_author(site: SiteSystem, service: Service, kim: Desk) -> None:
    answer = await site.post(a_payload(external_id="c-1"))
    await site.deliver(an_event("comment.reported", {"external_id": "c-1", "reason": "illegal", "text": "§ 130"}))
    await kim.decide(answer.json["id"], "rejected", "illegal", basis="§ 130 StGB")
    told = (await statement(site, answer.json["id"])).json
    assert (told["source"], told["ground"], told["basis"]) == ("notice", "law", "§ 130 StGB")
    assert "because of a notice of illegal content" in told["text"]
    [event] = await bodies(service, "comment.rejected")
    assert event["statement"]["source"] == "notice"
