"""The audit trail: who did what and when, in one order of time, for administrators of the site."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from moderation.domain import Role
from moderation.wiring import Service
from moderation.workflows.sites import set_site
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import SiteSystem
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def root(service: Service, site: SiteSystem) -> Desk:
    return await a_desk(service, site, role=Role.ADMIN, name="root")


async def trail(desk: Desk, query: str = "") -> list[tuple[str, str]]:
    """Returns who did what, as one page tells it."""
    answer = await desk.ask("GET", f"/v1/sites/{desk.site.slug}/audit?{query}")
    assert answer.status == 200, answer.body
    return [(entry["actor"], entry["action"]) for entry in answer.json["items"]]


@pytest.fixture
async def busy_day(service: Service, site: SiteSystem, kim: Desk, root: Desk, clock: FakeClock) -> str:
    """One thing of each kind, a minute apart; returns the id of the comment."""
    comment = await held(site, "c-1")
    article = (await kim.ask("GET", f"/v1/sites/{site.slug}/articles")).json["items"][0]["key"]
    author = (await kim.case(comment))["author"]["id"]
    for method, path, body in (
        ("POST", f"/v1/comments/{comment}/decisions", {"status": "rejected", "reason": "spam", "version": 1}),
        ("POST", f"/v1/authors/{author}/standing", {"standing": "banned", "reason": "again"}),
        ("PATCH", f"/v1/articles/{article}", {"comments": "closed"}),
    ):
        clock.advance(minutes=1)
        assert (await kim.ask(method, path, body)).status < 300
    clock.advance(minutes=1)
    assert (await root.ask("POST", f"/v1/comments/{comment}/author-email", {"reason": "a court order"})).status == 200
    clock.advance(minutes=1)
    await set_site(
        site.slug,
        {"max_links": 5},
        open_work=service.open_work,
        defaults=service.house.defaults,
        now=clock(),
    )
    return comment


LATEST = [
    ("command line", "site.set"),
    ("root", "author.email"),
    ("kim", "article.set"),
    ("kim", "author.standing"),
    ("kim", "decision"),
]


async def test_what_people_do_is_told_newest_first(root: Desk, busy_day: str) -> None:
    assert (await trail(root))[:5] == LATEST


async def test_pages_of_the_trail_neither_skip_nor_repeat(root: Desk, busy_day: str) -> None:
    whole = await trail(root)
    seen: list[tuple[str, str]] = []
    cursor = ""
    while True:
        page = (await root.ask("GET", f"/v1/sites/{root.site.slug}/audit?limit=2{cursor}")).json
        seen += [(entry["actor"], entry["action"]) for entry in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == whole
    assert len(whole) > 5


async def test_the_trail_is_filtered(root: Desk, busy_day: str) -> None:
    for query, expected in (
        ("person=kim", LATEST[2:]),
        ("kind=author", [LATEST[1], LATEST[3]]),
        ("kind=decision", LATEST[4:]),
        ("kind=article&person=root", []),
        (f"comment={busy_day}", [LATEST[1], LATEST[4]]),
        (f"since={quote('2026-11-23T10:03:00Z')}&until={quote('2026-11-23T10:05:00Z')}", LATEST[1:3]),
        ("person=nobody", []),
    ):
        assert await trail(root, query) == expected, query


async def test_an_entry_says_what_was_and_what_is(root: Desk, busy_day: str) -> None:
    items = (await root.ask("GET", f"/v1/sites/{root.site.slug}/audit")).json["items"]

    by_action = {item["action"]: item for item in reversed(items)}
    assert by_action["article.set"]["details"] == {
        "article": "a-1",
        "was": {"comments": "open"},
        "now": {"comments": "closed"},
    }
    assert by_action["decision"]["details"] == {"status": "rejected", "reason": "spam", "version": 2}
    assert (by_action["decision"]["comment"], by_action["author.email"]["comment"]) == (busy_day, busy_day)
    latest = next(item for item in items if item["action"] == "site.set")
    assert latest["details"] == {"max_links": {"was": None, "now": 5}}
    assert "reader-" not in str(items)


async def test_what_others_do_on_other_sites_is_not_told(
    service: Service, root: Desk, kim: Desk, other_site: SiteSystem
) -> None:
    stranger = await a_desk(service, other_site, name="stranger", role=Role.ADMIN)
    both = await a_desk(service, root.site, root.site.slug, other_site.slug, name="both")
    comment = await held(other_site, "c-9")
    await both.decide(comment, "rejected", "spam")

    told = (await root.ask("GET", f"/v1/sites/{root.site.slug}/audit")).json["items"]

    assert "stranger" not in {entry["subject"] for entry in told}
    assert {"both", "kim", "root"} <= {entry["subject"] for entry in told}
    assert not [entry for entry in told if entry["action"] == "decision"]
    assert other_site.slug not in str(told)
    assert ("both", "decision") in await trail(stranger)
    assert (await root.ask("GET", f"/v1/sites/{other_site.slug}/audit")).verdict == (404, "not_found")
    assert (await kim.ask("GET", f"/v1/sites/{root.site.slug}/audit")).verdict == (403, "forbidden")


async def test_a_query_that_makes_no_sense_is_invalid(root: Desk) -> None:
    path = f"/v1/sites/{root.site.slug}/audit"

    answer = await root.ask("GET", f"{path}?kind=x&since=yesterday&comment=1&limit=0&cursor=2&person={'x' * 300}")

    assert set(answer.wrong_fields) == {"kind", "since", "comment", "limit", "cursor", "person"}
