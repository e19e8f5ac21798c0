"""Feeds of what was published: valid for readers of Atom, whatever people have written."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from moderation.readers.feeds import ENTRIES
from tests.doors.site_system import SiteSystem
from tests.fakes import SPAM, FakeClock
from tests.makers import a_payload, an_event

pytestmark = pytest.mark.usefixtures("no_flood_limit")

ATOM = "{http://www.w3.org/2005/Atom}"


async def feed(site: SiteSystem, path: str = "articles/a-1/feed") -> Element:
    answer = await site.ask("GET", f"/v1/sites/{site.slug}/{path}")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return fromstring(answer.body)


def texts_in(element: Element, name: str) -> list[str | None]:
    return [each.text for each in element.iter(ATOM + name)]


async def test_an_article_and_its_site_have_a_feed_with_the_newest_first(site: SiteSystem, clock: FakeClock) -> None:
    await site.deliver(
        an_event("article.updated", {"id": "a-1", "title": "T & T", "url": "https://planet.example.com/a"})
    )
    for number, article in enumerate(("a-1", "a-2", "a-1")):
        clock.advance(seconds=1)
        await site.post(a_payload(article={"id": article}, text=f"Number {number} says <b>.", **{"author.name": "Ana"}))
    await site.post(a_payload(text=SPAM))
    about = await feed(site)
    assert texts_in(about, "content") == ["Number 2 says <b>.", "Number 0 says <b>."]
    assert texts_in(about, "title") == ["T & T", "Ana – T & T", "Ana – T & T"]
    assert {link.get("href") for link in about.iter(ATOM + "link")} == {"feed", "https://planet.example.com/a"}
    whole = await feed(site, "feed")
    assert [text and text[7] for text in texts_in(whole, "content")] == ["2", "1", "0"]
    assert len({*texts_in(about, "id"), *texts_in(whole, "id")}) == 5


async def test_every_entry_has_what_the_format_requires(site: SiteSystem) -> None:
    await site.post(a_payload(external_id="c-1", **{"author.url": "https://ana.example"}))
    for path in ("feed", "articles/a-1/feed", "articles/nobody-knows-it/feed"):
        found = await feed(site, path)
        assert {each.tag.removeprefix(ATOM) for each in found} >= {"id", "title", "updated", "link"}
        for entry in found.iter(ATOM + "entry"):
            assert {each.tag.removeprefix(ATOM) for each in entry} >= {"id", "title", "updated", "author", "content"}
    assert texts_in(await feed(site), "uri") == ["https://ana.example"]


async def test_an_edit_is_news_and_what_vanishes_is_gone(site: SiteSystem) -> None:
    for name in ("edited", "deleted"):
        await site.post(a_payload(external_id=name, submitted_at="2026-11-23T09:00:00Z"))
    edit = an_event("comment.edited", {"external_id": "edited", "text": "Anew."}, timestamp="2026-11-23T09:30:00Z")
    await site.deliver(edit)
    await site.deliver(an_event("comment.deleted", {"external_id": "deleted"}))
    found = await feed(site)
    assert texts_in(found, "content") == ["Anew."]
    assert texts_in(found, "updated") == ["2026-11-23T09:30:00Z"] * 2


async def test_characters_that_xml_cannot_hold_do_not_break_it(site: SiteSystem) -> None:
    await site.post(a_payload(text="a\x01b\x0bc\uffffd\n]]>&amp;<!--"))
    assert texts_in(await feed(site), "content") == ["a�b�c�d\n]]>&amp;<!--"]


async def test_a_feed_has_an_end_and_is_kept_until_it_changes(site: SiteSystem) -> None:
    for _ in range(ENTRIES + 1):
        await site.post(a_payload())
    answer = await site.ask("GET", f"/v1/sites/{site.slug}/feed")
    assert answer.body.count(b"<entry>") == ENTRIES
    again = await site.ask("GET", f"/v1/sites/{site.slug}/feed", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


async def test_of_an_author_nothing_is_told_but_name_and_link(site: SiteSystem) -> None:
    await site.post(a_payload(**{"author.email": "very.private@example.org", "author.ip": "192.0.2.77"}))
    answer = await site.ask("GET", f"/v1/sites/{site.slug}/feed")
    assert b"very.private" not in answer.body
    assert b"192.0.2" not in answer.body
