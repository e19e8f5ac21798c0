"""Campaigns in the queue: what says nearly the same is counted, listed, decided and put back together."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from moderation.domain import Role
from moderation.policy import MOST_ALIKE
from moderation.storage.tables import sketches
from moderation.web.server import RunningServer
from moderation.wiring import Service
from tests.doors.browser import OWN_PAGE, Browser, a_browser, an_account
from tests.doors.newsroom import Desk, held
from tests.doors.site_system import SiteSystem
from tests.makers import a_payload, an_event

WORDS = "please click here to see how my uncle made very much money with these old stamps"

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def browser(server: RunningServer, service: Service, site: SiteSystem) -> AsyncIterator[Browser]:
    await an_account(service, "lee", Role.MODERATOR, [site.slug])
    async with a_browser(server) as browser:
        await browser.log_in("lee")
        yield browser


async def a_campaign(site: SiteSystem, count: int = 3, words: str = WORDS, name: str = "c") -> list[str]:
    """Posts so many comments that say nearly the same; returns our ids."""
    return [await held(site, f"{name}-{number}", text=f"{words} {'!' * number}") for number in range(count)]


async def test_an_item_of_the_queue_tells_how_many_say_nearly_the_same(site: SiteSystem, kim: Desk) -> None:
    ids = await a_campaign(site)
    await held(site, "alone", text="click here, though this is something quite different about bridges and rivers")

    group = {"count": 3, "first": ids[0], "last": ids[2]}
    items = (await kim.queue()).json["items"]
    assert {each["external_id"]: each["group"] for each in items} == {
        "alone": None, "c-0": group, "c-1": group, "c-2": group,
    }  # fmt: skip
    assert (await kim.case(ids[1]))["group"] == group

    await kim.decide(ids[1], "rejected", "spam")
    assert (await kim.find("c-0"))["group"] == {**group, "count": 2}
    assert (await kim.find("c-1", "rejected"))["group"] == {**group, "count": 2}  # what waits and is like it
    await kim.decide(ids[2], "rejected", "spam")
    assert (await kim.find("c-0"))["group"] is None


async def test_one_decision_is_for_all_of_a_campaign_and_one_undo(site: SiteSystem, kim: Desk) -> None:
    ids = await a_campaign(site)
    other = await held(site, "alone", text="click here, though this is something quite different about bridges")
    group = (await kim.find("c-1"))["group"]
    later = await held(site, "later", text=WORDS)
    assert await kim.listed(f"like={ids[1]}&sort=oldest") == ["c-0", "c-1", "c-2", "later"]
    assert await kim.listed(f"like={ids[1]}&up_to={ids[1]}&sort=newest") == ["c-1", "c-0"]

    which = {"filter": {"like": ids[1], "up_to": group["last"]}, "expected": group["count"]}
    decided = await kim.decide_many("rejected", "spam", **which)

    assert (decided.status, decided.json["count"]) == (201, 3)
    batches = {(await kim.case(each))["decisions"][-1]["batch"] for each in ids}
    assert batches == {decided.json["batch"]}
    assert await kim.listed("sort=oldest") == ["alone", "later"]
    assert await kim.listed(f"like={ids[1]}&status=rejected&sort=oldest") == ["c-0", "c-1", "c-2"]
    await kim.decide(later, "rejected", "spam")
    undone = await kim.ask("POST", f"/v1/batches/{decided.json['batch']}/undo")
    assert (undone.status, undone.json["count"], undone.json["kept"]) == (201, 3, 0)
    assert await kim.listed("sort=oldest") == ["c-0", "c-1", "c-2", "alone"]
    assert (await kim.case(other))["version"] == 1


async def test_a_campaign_that_has_changed_since_is_not_decided(site: SiteSystem, kim: Desk) -> None:
    ids = await a_campaign(site)
    which = {"filter": {"like": ids[0], "up_to": ids[2]}, "expected": 3}
    edited = an_event("comment.edited", {"external_id": "c-1", "text": "click here: something else altogether, I say"})
    assert (await site.deliver(edited)).status in (200, 201)

    refused = await kim.decide_many("rejected", "spam", **which)

    assert refused.verdict == (409, "count_changed")
    assert refused.json["count"] == 2
    assert len(await kim.listed()) == 3


async def test_what_is_deleted_unknown_short_or_of_another_site_is_like_nothing(
    service: Service, site: SiteSystem, other_site: SiteSystem, kim: Desk
) -> None:
    ids = await a_campaign(site, 2)
    foreign = await a_campaign(other_site, 2)
    short = await held(site, "s")
    await site.deliver(an_event("comment.deleted", {"external_id": "c-1"}), id="d-1")

    for like in (ids[1], foreign[0], "019ab0f2-7c00-7000-8000-000000000003"):
        assert await kim.listed(f"like={like}") == []
    assert await kim.listed(f"like={short}") == ["s"]
    assert await kim.listed(f"like={ids[0]}") == ["c-0"]
    assert (await kim.queue("like=c-0")).verdict == (422, "invalid")


async def test_of_a_flood_all_copies_are_found_though_few_are_remembered(
    service: Service, site: SiteSystem, kim: Desk
) -> None:
    count = 2 * MOST_ALIKE
    more = "and write to him at once, before he has sold the last of them to his neighbours in the harbour"
    payloads = [a_payload(external_id=f"f-{n}", text=f"{WORDS} {more} number {n * 7919 % 1000}") for n in range(count)]
    receipts = [await site.post(payload) for payload in payloads]
    assert {receipt.json["status"] for receipt in receipts} == {"pending"}
    async with service.open_reading() as work:
        kept = (await work.connection.execute(select(sketches.c.comment_id))).all()
    assert MOST_ALIKE <= len(kept) < count

    items = (await kim.queue("sort=newest&limit=200")).json["items"]

    assert {each["group"]["count"] for each in items} == {count}
    last = items[0]
    which = {"filter": {"like": last["id"], "up_to": last["group"]["last"]}, "expected": count}
    assert (await kim.decide_many("rejected", "spam", **which)).json["count"] == count
    assert await kim.listed() == []


async def test_a_flood_of_two_wordings_is_decided_as_it_was_counted(site: SiteSystem, kim: Desk) -> None:
    more = "and write to him at once, before he has sold the last of them to his neighbours in the harbour"
    wordings = ["extraordinarily"] * 60 + [""] * 10 + ["extraordinarily"] * 30
    for n, word in enumerate(wordings):
        await held(site, f"f-{n}", text=f"{WORDS} {more} {word} number {n * 7919 % 1000}")

    items = {each["external_id"]: each for each in (await kim.queue("sort=newest&limit=200")).json["items"]}

    for item in (items["f-5"], items["f-65"], items["f-99"]):
        assert (await kim.case(item["id"]))["group"] == item["group"]
        assert (await kim.queue(f"like={item['id']}")).json["total"] == item["group"]["count"] > MOST_ALIKE
    which = {"filter": {"like": item["id"], "up_to": item["group"]["last"]}, "expected": item["group"]["count"]}
    assert (await kim.decide_many("rejected", "spam", **which)).status == 201


async def test_a_page_without_scripts_decides_a_campaign_and_puts_it_back(
    browser: Browser, site: SiteSystem, kim: Desk
) -> None:
    ids = await a_campaign(site)

    page = await browser.get("/console/queue?sort=oldest")
    assert page.text.count("2 like this one") == 3
    form = next(form for form in page.forms if ("like", ids[1]) in form.fields)
    sent = await browser.post(form.action, [*form.fields, ("ruling", "rejected:spam")], **OWN_PAGE)
    after = await browser.get(sent.location)

    assert "Rejected: 3." in after.text
    assert {(await kim.case(each))["reason"] for each in ids} == {"spam"}
    [undo] = [form for form in after.forms if form.action.endswith("/undo")]
    await browser.post(undo.action, undo.fields, **OWN_PAGE)
    assert len(await kim.listed()) == 3
    listed = await browser.get(f"/console/queue?like={ids[0]}")
    assert "Comments that wait and say nearly the same" in listed.text
    alone = await browser.get(f"/console/comments/{ids[2]}")
    assert "Decide all 3" in alone.text


async def test_those_who_say_the_same_as_a_text_that_was_edited_away_stay_together(site: SiteSystem, kim: Desk) -> None:
    ids = await a_campaign(site)
    edited = an_event("comment.edited", {"external_id": "c-0", "text": "click here: something else altogether, I say"})
    assert (await site.deliver(edited)).status in (200, 201)
    later = await held(site, "later", text=WORDS)

    group = {"count": 3, "first": ids[1], "last": later}
    assert [(await kim.find(name))["group"] for name in ("c-0", "c-1", "later")] == [None, group, group]
    assert await kim.listed(f"like={ids[0]}") == ["c-0"]
    back = an_event("comment.edited", {"external_id": "c-0", "text": WORDS})
    assert (await site.deliver(back, id="back")).status in (200, 201)
    assert (await kim.find("c-0"))["group"] == {"count": 4, "first": ids[0], "last": later}
