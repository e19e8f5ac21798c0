"""The queue page by page: every filter, every order, and cursors that neither skip nor repeat."""

from __future__ import annotations

from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import update

from moderation.domain import Role, Sort
from moderation.storage.tables import comments
from moderation.wiring import Service
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import SiteSystem
from tests.fakes import SPAM, FakeClock
from tests.makers import a_payload, an_event

# External id, score and reports; each has its own second of arrival, in this order.
SCORED = [
    ("a", 0.5, 0),
    ("b", 0.9, 2),
    ("c", 0.1, 0),
    ("d", None, 1),
    ("e", 0.6, 0),
    ("f", 0.4, 5),
    ("g", 0.9, 0),
    ("h", None, 0),
    ("i", 0.25, 2),
    ("j", 0.75, 0),
]
ORDERS = {
    Sort.OLDEST: "abcdefghij",
    Sort.NEWEST: "jihgfedcba",
    Sort.RISK: "gbjeafichd",  # of equal ones the newest first, those without a score last
    Sort.UNCERTAIN: "afeijcbghd",  # 0, .1-, .1+, .25-, .25+, .4-, .4+ twice, and those without a score
    Sort.REPORTS: "fibdjhgeca",
}

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def desk(service: Service, site: SiteSystem) -> Desk:
    return await a_desk(service, site)


@pytest.fixture
async def scored(service: Service, site: SiteSystem, clock: FakeClock) -> None:
    """Ten pending comments with scores and reports of all kinds."""
    for external_id, score, reports in SCORED:
        clock.advance(seconds=1)
        await held(site, external_id)
        await overwrite(service, external_id, score=score, model=score and "m", reports=reports)


async def overwrite(service: Service, external_id: str, **columns: Any) -> None:
    async with service.open_work() as work:
        await work.connection.execute(update(comments).where(comments.c.external_id == external_id).values(**columns))
        await work.commit()


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize("sort", list(Sort))
async def test_every_order_is_the_same_in_pages_of_any_size(desk: Desk, sort: Sort) -> None:
    for limit in (1, 2, 3, 10, 200):
        assert "".join(await desk.walked(f"sort={sort}", limit=limit)) == ORDERS[sort], limit


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize("sort", list(Sort))
async def test_long_lists_are_walked_in_the_same_order_as_short_ones(
    desk: Desk, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Above so many, comments are not collected and sorted, but read along an index.
    monkeypatch.setattr("moderation.workflows.queue.FEW", 3)
    monkeypatch.setattr("moderation.storage.queue.FEW", 3)

    for limit in (1, 3, 7):
        assert "".join(await desk.walked(f"sort={sort}", limit=limit)) == ORDERS[sort], limit
    page = (await desk.queue(f"sort={sort}")).json
    assert (page["total"], page["total_is"]) == (3, "at_least")
    filtered = [each for each in ORDERS[sort] if each in "abefgij"]
    assert await desk.walked(f"sort={sort}&min_score=0.2", limit=2) == filtered


@pytest.mark.usefixtures("scored")
async def test_risk_comes_first_unless_told_otherwise(desk: Desk) -> None:
    assert "".join(await desk.listed()) == ORDERS[Sort.RISK]


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize("sort", list(Sort))
async def test_arrivals_and_decisions_between_pages_move_nothing(
    desk: Desk, site: SiteSystem, clock: FakeClock, sort: Sort
) -> None:
    seen: list[str] = []
    cursor = ""
    for number in range(20):
        page = (await desk.queue(f"sort={sort}&limit=2{cursor}")).json
        seen += [item["external_id"] for item in page["items"]]
        clock.advance(seconds=1)
        await held(site, f"new-{number}")
        if number == 1:
            await desk.decide(page["items"][0]["id"], "rejected", "spam")
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert len(seen) == len(set(seen))
    assert "".join(each for each in seen if len(each) == 1) == ORDERS[sort]


@pytest.mark.usefixtures("scored")
async def test_a_cursor_is_good_for_its_own_list_only(desk: Desk, other_site: SiteSystem, service: Service) -> None:
    cursor = (await desk.queue("sort=risk&limit=2")).json["next_cursor"]
    both = await a_desk(service, other_site, other_site.slug, desk.site.slug)

    for query in ("sort=newest", "min_score=0.1", "q=says", "reason=doubtful", "article=a-1", "status=rejected"):
        assert (await desk.queue(f"{query}&cursor={cursor}")).wrong_fields == {"cursor": "invalid"}, query
    assert (await both.queue(f"sort=risk&limit=2&cursor={cursor}")).wrong_fields == {"cursor": "invalid"}
    assert (await desk.queue(f"limit=5&cursor={cursor}")).status == 200  # the size of pages may change


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *product([f"limit={limit}" for limit in ("0", "201", "-1", "ten", "1.5", "", "%D9%A1")], ["limit"]),
        *product([f"cursor={cursor}" for cursor in ("x", "AAAA", "bnVsbA", "W10", "%00", "A" * 4000)], ["cursor"]),
        *product(["sort=worst"], ["sort"]),
        *product(["status=deleted", "status=pending&status=approved", "status=pending&status=pending"], ["status"]),
        *product(["reason=none"], ["reason"]),
        *product(["author=ana@example.org", "author=1"], ["author"]),
        *product([f"min_score={score}" for score in ("2", "-0.1", "nan", "inf", "high")], ["min_score"]),
        *product([f"q={words}" for words in ("%00", "---", "x" * 201)], ["q"]),
        *product(["article=%00", f"article={'x' * 201}"], ["article"]),
    ],
)
async def test_a_query_that_makes_no_sense_is_invalid(desk: Desk, query: str, field: str) -> None:
    wrong = (await desk.queue(query)).wrong_fields

    assert set(wrong) == {field}


async def test_all_that_is_wrong_with_a_query_is_told_at_once(desk: Desk) -> None:
    wrong = (
        await desk.queue("limit=0&sort=x&status=y&min_score=2&q=-&reason=&reason=spam&author=1&author=2")
    ).wrong_fields

    assert set(wrong) == {"limit", "sort", "status", "min_score", "q", "reason", "author"}


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("min_score=0.6", "gbje"),
        ("max_score=0.25", "ic"),
        ("min_score=0.25&max_score=0.5", "afi"),
        ("reason=doubtful", "gbjeafichd"),
        ("reason=premoderated", ""),
        ("article=a-2", ""),
        ("article=a-1&sort=oldest&max_score=0.4", "cfi"),
    ],
)
async def test_filters_go_with_every_order(desk: Desk, query: str, found: str) -> None:
    answer = (await desk.queue(query)).json

    assert "".join(item["external_id"] for item in answer["items"]) == found
    assert (answer["total"], answer["total_is"]) == (len(found), "exact")


async def test_articles_and_authors_are_filters(desk: Desk, site: SiteSystem) -> None:
    await held(site, "one", **{"author.email": "ana@example.org"})
    await held(site, "two", **{"article.id": "a/2 & more", "author.email": "Ana@example.org"})
    await held(site, "three", **{"article.id": "a/2 & more"})
    author = (await desk.find("one"))["author"]["id"]

    assert await desk.listed(f"author={author}&sort=oldest") == ["one", "two"]
    assert await desk.listed(f"article={quote('a/2 & more', safe='')}&sort=oldest") == ["two", "three"]


async def test_other_statuses_are_listed_newest_first(desk: Desk, site: SiteSystem, clock: FakeClock) -> None:
    for number in range(3):
        clock.advance(seconds=1)
        await site.post(a_payload(external_id=f"fine-{number}"))
        await site.post(a_payload(external_id=f"spam-{number}", text=f"{SPAM} {number}"))

    assert await desk.listed("status=approved") == ["fine-2", "fine-1", "fine-0"]
    assert await desk.listed("status=rejected&sort=risk") == ["spam-2", "spam-1", "spam-0"]
    assert await desk.listed() == []


@pytest.mark.parametrize("many", [False, True], ids=["by their index", "by reading on along an order"])
async def test_words_are_found_in_texts_and_names_of_what_waits(
    desk: Desk, site: SiteSystem, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    if many:
        monkeypatch.setattr("moderation.workflows.queue.FEW", 0)
        monkeypatch.setattr("moderation.storage.queue.FEW", 0)
    await held(site, "one", text="click here for the grand-opening at https://planet.example.com/casino_royal")
    await held(site, "two", text="click here, Mädchen und Злость", **{"author.name": "Grandiose"})
    await held(site, "three", text="click here")
    await held(site, "four", text='click here: <b title="a=b">Bärenfell</b> &amp; <i lang=de>+49(30)x%20y\\z</i>')

    for words, found in [
        ("bärenfell", ["four"]),
        ("title amp", ["four"]),
        ("lang 49 30", ["four"]),
        ("z 20y", ["four"]),
        ("grand", ["one", "two"]),
        ("GRAND opening", ["one"]),
        ("opening", ["one"]),
        ("casino", ["one"]),
        ("royal", ["one"]),
        ("planet", ["one"]),
        ("mädchen", ["two"]),
        ("злост", ["two"]),
        ("anet", []),
        ("click", ["one", "two", "three", "four"]),
        ("click nowhere", []),
        ('grand" OR *', []),
        ("o'clock", []),
    ]:
        assert await desk.listed(f"sort=oldest&q={quote(words)}") == found, words


async def test_words_follow_what_happens_to_a_comment(desk: Desk, site: SiteSystem) -> None:
    comment = await held(site, "one", text="click here: albatross")

    assert await desk.listed("q=albatross") == ["one"]
    await desk.decide(comment, "rejected", "spam")
    assert await desk.listed("q=albatross") == []
    assert await desk.listed("q=albatross&status=rejected") == ["one"]
    await desk.decide(comment, "pending", version=2)
    assert await desk.listed("q=albatross") == ["one"]


async def test_words_are_found_in_what_is_published_as_well(desk: Desk, site: SiteSystem) -> None:
    await site.post(a_payload(external_id="one", text="The Mädchen at https://planet.example.com/bridge_opening"))

    for words, found in [("opening MÄDCHEN", ["one"]), ("planet", ["one"]), ("anet", []), ("the", ["one"])]:
        assert await desk.listed(f"status=approved&q={quote(words)}") == found, words


async def test_words_do_not_find_addresses(desk: Desk, site: SiteSystem) -> None:
    await held(site, "one", **{"author.email": "kanari@vogel.example", "author.ip": "198.51.100.23"})

    for words in ("kanari", "vogel", "198", "51", "198.51.100.23"):
        for status in ("pending", "approved"):
            assert await desk.listed(f"status={status}&q={words}") == [], words


async def test_a_comment_that_the_site_deleted_is_in_no_list(desk: Desk, site: SiteSystem) -> None:
    await held(site, "one")
    await site.deliver(an_event("comment.deleted", {"external_id": "one"}))

    assert await desk.listed() == []
    assert await desk.listed("status=rejected") == []


async def test_nothing_is_shown_of_a_site_that_one_is_not_given(
    service: Service, site: SiteSystem, other_site: SiteSystem
) -> None:
    stranger = await a_desk(service, site, other_site.slug, role=Role.ADMIN)
    await held(site, "one")

    assert (await stranger.queue()).verdict == (404, "not_found")


async def test_an_item_shows_all_that_one_needs_and_nothing_private(desk: Desk, site: SiteSystem) -> None:
    comment = await held(site, "one", **{"article.title": "A bridge", "author.url": "https://ana.example"})

    [item] = (await desk.queue()).json["items"]

    assert (item["id"], item["status"], item["reason"], item["score"], item["version"]) == (
        comment,
        "pending",
        "doubtful",
        0.6,
        1,
    )
    assert item["article"] == {"id": "a-1", "url": None, "title": "A bridge"}
    assert (item["author"]["name"], item["author"]["url"]) == ("Ana", "https://ana.example")
    assert set(item["author"]) == {"id", "name", "url"}
    assert item["claim"] is None
    assert not {"email", "ip", "ip_network", "user_agent"} & set(item)
