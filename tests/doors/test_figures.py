"""One's own figures, authors about whom something is decided, and how the service is."""

from __future__ import annotations

import pytest

from moderation.domain import EventKind, Role, Switch
from moderation.wiring import Service
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import SiteSystem
from tests.fakes import SPAM, FakeClock, FakeScorer
from tests.makers import a_payload

pytestmark = pytest.mark.usefixtures("no_flood_limit")


async def test_what_one_has_decided_is_counted_day_by_day(
    site: SiteSystem, kim: Desk, lee: Desk, clock: FakeClock
) -> None:
    ids = [await held(site, f"c-{number}") for number in range(5)]  # each scored 0.6
    clock.advance(hours=13, minutes=59)  # 23:59 UTC
    spam = (await kim.decide(ids[0], "rejected", "spam")).json
    await kim.decide(ids[1], "approved")
    await kim.decide(ids[2], "rejected", "off_topic")
    await lee.decide(ids[3], "rejected", "spam")
    clock.advance(minutes=1)
    await kim.decide(ids[4], "approved", "other")
    await lee.ask("POST", f"/v1/decisions/{spam['id']}/undo")

    told = (await kim.ask("GET", f"/v1/sites/{site.slug}/figures")).json

    days = {day["day"]: day for day in told["days"]}
    assert len(days) == 30
    assert days["2026-11-23"] == {
        "day": "2026-11-23",
        "decided": 3,
        "approved": 1,
        "rejected": 2,
        "pending": 0,
        "undone": 1,
        "compared": 2,  # what is off topic teaches nothing
        "agreed": 1,
    }
    assert (days["2026-11-24"]["decided"], days["2026-11-24"]["compared"]) == (1, 0)
    assert told["total"] == {**days["2026-11-23"], "day": "2026-11-24", "decided": 4, "approved": 2}


async def test_what_only_takes_back_is_no_decision_of_ones_own(site: SiteSystem, kim: Desk, lee: Desk) -> None:
    decided = (await kim.decide(await held(site, "c-1"), "rejected", "spam")).json
    await lee.ask("POST", f"/v1/decisions/{decided['id']}/undo")

    assert (await lee.ask("GET", f"/v1/sites/{site.slug}/figures")).json["total"]["decided"] == 0


async def test_figures_are_of_one_site(service: Service, site: SiteSystem, other_site: SiteSystem) -> None:
    both = await a_desk(service, site, site.slug, other_site.slug, name="both")
    kim = await a_desk(service, site, name="kim")
    await both.decide(await held(other_site, "c-1"), "rejected", "spam")

    assert (await both.ask("GET", f"/v1/sites/{site.slug}/figures")).json["total"]["decided"] == 0
    assert (await both.ask("GET", f"/v1/sites/{other_site.slug}/figures")).json["total"]["decided"] == 1
    assert (await kim.ask("GET", f"/v1/sites/{other_site.slug}/figures")).verdict == (404, "not_found")


async def test_authors_are_listed_while_something_is_decided_about_them(
    site: SiteSystem, kim: Desk, clock: FakeClock
) -> None:
    authors = []
    for number, name in enumerate(("Ana", "Bo", "Cleo", "Dan")):
        clock.advance(seconds=1)
        comment = await held(site, f"c-{number}", **{"author.name": name})
        authors.append((await kim.case(comment))["author"]["id"])
    for author, body in zip(
        authors,
        (
            {"standing": "banned", "until": "2026-11-24T00:00:00Z"},
            {"standing": "trusted"},
            {"standing": "held"},
            {"standing": "normal"},
        ),
        strict=True,
    ):
        await kim.ask("POST", f"/v1/authors/{author}/standing", body)

    async def listed(query: str = "") -> list[tuple[str, str]]:
        answer = await kim.ask("GET", f"/v1/sites/{site.slug}/authors?{query}")
        return [(each["name"], each["standing"]) for each in answer.json["items"]]

    assert await listed() == [("Cleo", "held"), ("Bo", "trusted"), ("Ana", "banned")]
    assert await listed("standing=trusted") == [("Bo", "trusted")]
    page = (await kim.ask("GET", f"/v1/sites/{site.slug}/authors?limit=1")).json
    assert await listed(f"cursor={page['next_cursor']}") == [("Bo", "trusted"), ("Ana", "banned")]
    clock.advance(hours=14)
    assert await listed("standing=banned") == []  # the suspension has ended by itself


async def test_the_condition_says_what_judges_and_what_waits(
    service: Service, site: SiteSystem, kim: Desk, clock: FakeClock
) -> None:
    async def condition() -> dict[str, object]:
        answer = await kim.ask("GET", f"/v1/sites/{site.slug}/status")
        assert answer.status == 200, answer.body
        told: dict[str, object] = answer.json
        return told

    quiet = await condition()
    assert (quiet["model"], quiet["waiting"], quiet["oldest_waiting"], quiet["warnings"]) == ("fake-1", 0, None, [])
    assert quiet["database"] == ("sqlite" if service.house.settings.embedded else "postgresql")
    await held(site, "c-1")
    clock.advance(hours=1)
    assert isinstance(service.scorer, FakeScorer)
    service.scorer.available = False
    await site.post(a_payload(text=f"Now {SPAM}."))
    service.diary.failing.add("look")
    busy = await condition()
    assert (busy["model"], busy["waiting"], busy["unscored"]) == (None, 2, 1)
    assert busy["oldest_waiting"] == "2026-11-23T10:00:00Z"
    assert busy["warnings"] == ["no_model", "unscored", "upkeep_fails"]
    clock.advance(hours=24)
    assert "waits_long" in str((await condition())["warnings"])


async def test_the_condition_says_what_the_site_is_still_to_be_told(
    service: Service, site: SiteSystem, kim: Desk, clock: FakeClock
) -> None:
    async def condition() -> dict[str, object]:
        told: dict[str, object] = (await kim.ask("GET", f"/v1/sites/{site.slug}/status")).json
        return told

    known = await service.directory.find(site.slug)
    assert known is not None
    endpoints = service.house.endpoints()
    for name in ("one", "two"):
        await endpoints.add(known.site.id, f"https://{name}.example.com/hook", [EventKind.PENDING])
    clock.advance(minutes=1)
    await held(site, "c-1")
    soon = await condition()
    clock.advance(minutes=11)
    late = await condition()
    [first, _] = await endpoints.all()
    async with service.open_work() as work:
        await work.endpoints.switch_off(first.endpoint.id, Switch.FAILING, now=clock())
        await work.commit()
    after = await condition()

    assert (soon["untold"], soon["oldest_untold"], soon["given_up"]) == (2, "2026-11-23T10:01:00Z", 0)
    assert soon["warnings"] == []
    assert late["warnings"] == ["told_late"]
    assert (after["untold"], after["warnings"]) == (1, ["told_late", "endpoint_off"])


async def test_what_belongs_to_another_site_is_not_there(
    service: Service, site: SiteSystem, other_site: SiteSystem
) -> None:
    stranger = await a_desk(service, other_site, role=Role.ADMIN, name="stranger")

    for page in ("articles", "authors", "audit", "figures", "settings", "status"):
        assert (await stranger.ask("GET", f"/v1/sites/{site.slug}/{page}")).verdict == (404, "not_found"), page
