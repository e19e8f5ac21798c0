"""The public door: what anyone may read, and that it is all of it and nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.doors.site_system import SiteSystem
from tests.fakes import DOUBT, SPAM, FakeClock
from tests.makers import a_payload, an_event

pytestmark = pytest.mark.usefixtures("no_flood_limit")

NO_COMMENTS: dict[str, object] = {"items": [], "next_cursor": None}


async def write(
    site: SiteSystem, *external_ids: str, clock: FakeClock | None = None, article: str = "a-1", **fields: Any
) -> None:
    """Posts a comment for each id, one after the other; with a clock, each a second after the one before."""
    for external_id in external_ids:
        if clock:
            clock.advance(seconds=1)
        answer = await site.post(a_payload(external_id=external_id, article={"id": article}, **fields))
        assert answer.status == 201, answer


async def walk(site: SiteSystem, limit: int, article: str = "a-1") -> list[list[str]]:
    """Returns the ids on each page, from the first to the last."""
    pages, cursor = [], ""
    while True:
        page = (await site.read(article, f"limit={limit}&cursor={cursor}")).json
        pages.append([item["external_id"] for item in page["items"]])
        if page["next_cursor"] is None:
            return pages
        cursor = page["next_cursor"]


async def test_a_comment_shows_its_text_and_of_its_author_only_name_and_link(site: SiteSystem) -> None:
    payload = a_payload(
        external_id="c-1",
        text="<b>Bold</b> & plain",
        submitted_at="2026-11-23T10:30:00+01:00",
        author={
            "name": "Ana",
            "email": "ana@example.org",
            "url": "example.net",
            "ip": "192.0.2.7",
            "user_agent": "Mozilla/5.0",
        },
    )
    receipt = (await site.post(payload)).json
    answer = await site.read()
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json == {
        "items": [
            {
                "id": receipt["id"],
                "external_id": "c-1",
                "parent_id": None,
                "author": {"name": "Ana", "url": "https://example.net"},
                "text": "<b>Bold</b> & plain",
                "submitted_at": "2026-11-23T09:30:00Z",
            }
        ],
        "next_cursor": None,
    }


async def test_only_approved_comments_are_public(site: SiteSystem, other_site: SiteSystem) -> None:
    await write(site, "good")
    await write(site, "doubtful", text=DOUBT)
    await write(site, "spam", text=SPAM)
    await write(site, "elsewhere", article="a-2")
    await write(other_site, "abroad")
    assert await site.public_ids() == ["good"]


async def test_what_is_edited_deleted_or_rejected_later_vanishes(site: SiteSystem, clock: FakeClock) -> None:
    await write(site, "stays", "edited", "deleted", "better", clock=clock)
    await site.deliver(an_event("comment.edited", {"external_id": "edited", "text": SPAM}))
    await site.deliver(an_event("comment.edited", {"external_id": "better", "text": "With better words."}))
    await site.deliver(an_event("comment.deleted", {"external_id": "deleted"}))
    items = (await site.read()).json["items"]
    assert [item["external_id"] for item in items] == ["stays", "better"]
    assert items[1]["text"] == "With better words."


async def test_replies_follow_the_comment_they_answer(site: SiteSystem, clock: FakeClock) -> None:
    await write(site, "first", "second", clock=clock)
    await write(site, "to-first", parent_id="first", clock=clock)
    await write(site, "to-second", parent_id="second", clock=clock)
    await write(site, "to-to-first", parent_id="to-first", clock=clock)
    await write(site, "to-first-too", parent_id="first", clock=clock)
    await write(site, "to-nobody", parent_id="unknown", clock=clock)
    wanted = ["first", "to-first", "to-to-first", "to-first-too", "second", "to-second", "to-nobody"]
    assert await site.public_ids() == wanted
    items = (await site.read()).json["items"]
    assert [item["parent_id"] for item in items] == [None, "first", "to-first", "first", None, "second", "unknown"]


async def test_pages_hold_every_comment_once_while_new_ones_arrive(site: SiteSystem, clock: FakeClock) -> None:
    before = [f"c-{number:02}" for number in range(12)]
    await write(site, *before, clock=clock)
    seen: list[str] = []
    cursor = ""
    for number in range(100):
        page = (await site.read(query=f"limit=2&cursor={cursor}")).json
        seen += [item["external_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
        if number < 6:
            await write(site, f"reply-{number}", parent_id=before[number], clock=clock)
            await write(site, f"new-{number}", clock=clock)
    assert len(seen) == len(set(seen))
    assert [each for each in seen if each.startswith("c-")] == before
    assert [each for each in seen if each.startswith("new-")] == [f"new-{number}" for number in range(6)]


async def test_pages_have_the_size_that_is_asked_for(site: SiteSystem, clock: FakeClock) -> None:
    ids = [f"c-{number}" for number in range(5)]
    await write(site, *ids, clock=clock)
    assert await walk(site, 2) == [["c-0", "c-1"], ["c-2", "c-3"], ["c-4"]]
    assert await walk(site, 5) == [ids]
    assert await walk(site, 200) == [ids]


async def test_a_cursor_or_limit_that_is_none_is_invalid(site: SiteSystem) -> None:
    for limit in ("0", "201", "-1", "ten", "1.5", "", "%D9%A1", "9" * 400, "1%00"):
        assert (await site.read(query=f"limit={limit}")).wrong_fields == {"limit": "invalid"}, limit
    for cursor in ("x", "AAAA", "%00", "a'--", "\u00e9", "A" * 4000, "%ED%A0%80", "AAECAwQFBgcICQoLDA0ODw%3D%3D%3D"):
        answer = await site.read(query=f"cursor={quote(cursor, safe='%')}")
        assert answer.wrong_fields == {"cursor": "invalid"}, cursor
    both = await site.read(query="limit=0&cursor=x")
    assert set(both.wrong_fields) == {"limit", "cursor"}


async def test_who_has_seen_a_page_is_told_when_nothing_has_changed(site: SiteSystem) -> None:
    await write(site, "c-1")
    first = await site.read()
    etag = first.headers["ETag"]
    same = await site.read(If_None_Match=etag)
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", etag)
    assert (await site.read(If_None_Match=f'"other", W/{etag}')).status == 304
    await write(site, "c-2")
    changed = await site.read(If_None_Match=etag)
    assert changed.status == 200
    assert changed.headers["ETag"] != etag


async def test_caches_must_ask_and_pages_of_any_origin_may_read(site: SiteSystem) -> None:
    for path in ("articles/a-1/comments", "counts?article=a-1"):
        answer = await site.ask("GET", f"/v1/sites/{site.slug}/{path}")
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_head_tells_the_same_without_the_page(site: SiteSystem) -> None:
    await write(site, "c-1")
    whole = await site.read()
    for path in (f"/v1/sites/{site.slug}/articles/a-1/comments", f"/v1/sites/{site.slug}/counts?article=a-1"):
        assert (await site.ask("HEAD", path)).status == 200
    head = await site.ask("HEAD", f"/v1/sites/{site.slug}/articles/a-1/comments")
    assert (head.body, head.headers["ETag"]) == (b"", whole.headers["ETag"])
    assert head.headers["Content-Length"] == str(len(whole.body))


async def test_counts_are_those_of_approved_comments(site: SiteSystem, other_site: SiteSystem) -> None:
    await write(site, "one", "two")
    await write(site, "spam", text=SPAM)
    await write(site, "other", article="b & c")
    await write(other_site, "abroad")
    path = f"/v1/sites/{site.slug}/counts"
    answer = await site.ask("GET", f"{path}?article=a-1&article=b+%26%20c&article=none&article=a-1")
    assert answer.json == {"counts": {"a-1": 2, "b & c": 1, "none": 0}}
    assert (
        await site.ask("GET", f"{path}?article=a-1", headers={"If-None-Match": answer.headers["ETag"]})
    ).status == 200
    await site.deliver(an_event("comment.deleted", {"external_id": "one"}))
    assert (await site.ask("GET", f"{path}?article=a-1")).json == {"counts": {"a-1": 1}}


async def test_counts_ask_for_one_to_a_hundred_articles(site: SiteSystem) -> None:
    path = f"/v1/sites/{site.slug}/counts?"
    hundred = "&".join(f"article={number}" for number in range(100))
    assert len((await site.ask("GET", path + hundred)).json["counts"]) == 100
    for query in ("", "articles=a-1", hundred + "&article=100", "article=%00", "article=%ED%A0%80%00"):
        assert (await site.ask("GET", path + query)).wrong_fields == {"article": "invalid"}, query


ARTICLES = (
    "2026/11/23/a-bridge",
    "https://planet.example.com/a?b=c&d#e",
    "with spaces  and\u00a0more",
    "100%",
    "%2F",
    "a%20b",
    "a+b",
    "\u00fcber/\u65e5\u672c\u8a9e \U0001f600",
    "..",
    "../../etc/passwd",
    ".",
    "/",
    "//",
    ";a=1",
    "'; DROP TABLE comments; --",
    "{article}",
    "x" * 200,
    "\U0001f600" * 200,
)


async def test_whatever_an_article_is_called_its_comments_are_found(site: SiteSystem) -> None:
    for number, article in enumerate(ARTICLES):
        await write(site, f"c-{number}", article=article)
    for number, article in enumerate(ARTICLES):
        assert await site.public_ids(quote(article, safe="")) == [f"c-{number}"], article
        counts = await site.ask("GET", f"/v1/sites/{site.slug}/counts?article={quote(article, safe='')}")
        assert counts.json == {"counts": {article: 1}}


async def test_an_unknown_article_has_no_comments(site: SiteSystem) -> None:
    for article in ("never-seen", "x" * 5000, "%F0%9F%98%80"):
        answer = await site.read(article)
        assert (answer.status, answer.json) == (200, NO_COMMENTS)


async def test_an_article_id_that_cannot_be_stored_is_not_found(site: SiteSystem) -> None:
    for article in ("%00", "a%00b"):
        assert (await site.read(article)).verdict == (404, "not_found"), article


async def test_an_unknown_site_is_not_found(site: SiteSystem) -> None:
    for slug in ("nowhere", "DAILY-PLANET", "daily%2Dplanet%00", "%F0%9F%98%80", "x" * 64):
        for path in ("articles/a-1/comments", "counts?article=a-1"):
            answer = await site.ask("GET", f"/v1/sites/{slug}/{path}")
            assert answer.verdict == (404, "not_found"), slug
