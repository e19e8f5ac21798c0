"""Articles on a moderator's desk: listed newest first, opened, closed, and seen by a person first."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.wiring import Service
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import SiteSystem
from tests.fakes import FakeClock
from tests.makers import a_payload, an_event

pytestmark = pytest.mark.usefixtures("no_flood_limit")


async def listed(desk: Desk, query: str = "") -> list[dict[str, Any]]:
    answer = await desk.ask("GET", f"/v1/sites/{desk.site.slug}/articles?{query}")
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.json["items"]
    return items


@pytest.fixture
async def three(site: SiteSystem, kim: Desk, clock: FakeClock) -> list[dict[str, Any]]:
    """Three articles, the newest first; the oldest has a title, two public comments and one that waits."""
    about = {"id": "a-1", "url": "https://planet.example.com/1", "title": "100 % of <b>Bridges</b>"}
    for number in range(2):
        await site.post(a_payload(external_id=f"fine-{number}", article=about))
    await held(site, "waits", article=about)
    for article in ("a-2", "a-3"):
        clock.advance(seconds=1)
        await site.post(a_payload(article={"id": article}))
    return await listed(kim)


async def test_articles_come_newest_first_with_their_comments(three: list[dict[str, Any]]) -> None:
    assert [(each["id"], each["approved"], each["pending"]) for each in three] == [
        ("a-3", 1, 0),
        ("a-2", 1, 0),
        ("a-1", 2, 1),
    ]
    assert {(each["comments"], each["moderation"]) for each in three} == {("open", None)}


async def test_articles_are_found_by_what_they_are_called_and_by_their_switches(
    kim: Desk, three: list[dict[str, Any]]
) -> None:
    await kim.ask("PATCH", f"/v1/articles/{three[1]['key']}", {"comments": "closed", "moderation": "pre"})

    for query, expected in (
        ("q=bridges", ["a-1"]),
        ("q=planet.example.com", ["a-1"]),
        ("q=100%20%25", ["a-1"]),
        ("q=_", []),
        ("q=A-3", ["a-3"]),
        ("comments=closed", ["a-2"]),
        ("moderation=pre", ["a-2"]),
        ("comments=open&limit=1", ["a-3"]),
    ):
        assert [each["id"] for each in await listed(kim, query)] == expected, query
    page = (await kim.ask("GET", f"/v1/sites/{kim.site.slug}/articles?limit=2")).json
    assert [each["id"] for each in await listed(kim, f"cursor={page['next_cursor']}")] == ["a-1"]


async def test_a_closed_article_takes_no_comments_until_somebody_opens_it(
    site: SiteSystem, kim: Desk, three: list[dict[str, Any]]
) -> None:
    path = f"/v1/articles/{three[2]['key']}"

    closed = await kim.ask("PATCH", path, {"comments": "closed"})

    assert (closed.status, closed.json["comments"], closed.json["pending"]) == (200, "closed", 1)
    assert (await site.post(a_payload())).verdict == (409, "comments_closed")
    await kim.ask("PATCH", path, {"comments": "open", "moderation": "pre"})
    assert (await site.post(a_payload())).json["reason"] == "premoderated"
    assert (await kim.ask("PATCH", path, {"moderation": None})).json["moderation"] is None
    assert (await site.post(a_payload())).json["status"] == "approved"


async def test_whoever_speaks_last_about_an_article_is_obeyed(
    site: SiteSystem, kim: Desk, three: list[dict[str, Any]], clock: FakeClock
) -> None:
    path = f"/v1/articles/{three[2]['key']}"
    await kim.ask("PATCH", path, {"comments": "closed"})

    earlier = an_event("article.updated", {"id": "a-1", "comments": "open"}, timestamp="2026-11-23T09:59:00Z")
    await site.deliver(earlier)
    assert (await listed(kim, "q=a-1"))[0]["comments"] == "closed"
    ahead = an_event("article.updated", {"id": "a-1", "comments": "open"}, timestamp="2026-11-23T10:02:00Z")
    await site.deliver(ahead)
    assert (await listed(kim, "q=a-1"))[0]["comments"] == "open"
    # The site's clock is ahead of ours; what a person says now is later all the same.
    assert (await kim.ask("PATCH", path, {"comments": "closed"})).json["comments"] == "closed"


async def test_articles_of_other_sites_are_not_there(
    service: Service, kim: Desk, other_site: SiteSystem, three: list[dict[str, Any]]
) -> None:
    stranger = await a_desk(service, other_site, name="stranger")

    assert await listed(stranger) == []
    changed = await stranger.ask("PATCH", f"/v1/articles/{three[0]['key']}", {"comments": "closed"})
    assert changed.verdict == (404, "not_found")
    assert (await stranger.ask("GET", f"/v1/sites/{kim.site.slug}/articles")).verdict == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"comments": "ajar"}, {"comments": "invalid"}),
        ({"comments": None}, {"comments": "invalid"}),
        ({"moderation": "post"}, {"moderation": "invalid"}),
    ],
)
async def test_a_switch_that_is_none_is_invalid(
    kim: Desk, three: list[dict[str, Any]], body: object, wrong: dict[str, str]
) -> None:
    assert (await kim.ask("PATCH", f"/v1/articles/{three[0]['key']}", body)).wrong_fields == wrong
