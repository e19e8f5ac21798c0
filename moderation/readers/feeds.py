"""What was published last, as an Atom feed (RFC 4287): of one article, or of the whole site."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from aiohttp import web

from moderation.clock import rfc_3339
from moderation.domain import Site
from moderation.errors import NotFound
from moderation.intake.reading import cacheable
from moderation.storage.reading import Latest
from moderation.web.identity import named_site, service_of
from moderation.web.texts import storable

ENTRIES = 50
MEDIA_TYPE = "application/atom+xml"

_ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot hold at all, not even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def show_site_feed(request: web.Request) -> web.Response:
    """Answers with the comments that were published last on a site."""
    site = (await named_site(request)).site
    async with service_of(request).open_reading() as work:
        latest = await work.reading.latest_of_site(site.id, limit=ENTRIES)
    return cacheable(request, feed_of(latest, site, "", site.slug, site.url), MEDIA_TYPE)


async def show_article_feed(request: web.Request) -> web.Response:
    """Answers with the comments that were published last on an article."""
    site, article = (await named_site(request)).site, request.match_info["article"]
    if not storable(article):
        raise NotFound
    async with service_of(request).open_reading() as work:
        about = await work.reading.article(site.id, article)
        latest = await work.reading.latest_of_article(site.id, article, limit=ENTRIES)
    feed = feed_of(latest, site, article, about.title or site.slug, about.url or site.url)
    return cacheable(request, feed, MEDIA_TYPE)


def feed_of(latest: Sequence[Latest], site: Site, article: str, title: str, page: str) -> bytes:
    """Returns a feed. Its id follows from site and article, so that it stays when addresses change."""
    feed = Element("feed", xmlns=_ATOM)
    _add(feed, "id", f"urn:uuid:{uuid5(site.id, f'feed|{article}')}")
    _add(feed, "title", title)
    _add(feed, "updated", rfc_3339(max((each.written_at for each in latest), default=_NEVER)))
    # Relative, since what stands in front of us is not known here.
    SubElement(feed, "link", rel="self", type=MEDIA_TYPE, href="feed")
    SubElement(feed, "link", rel="alternate", type="text/html", href=_clean(page))
    for each in latest:
        _add_entry(feed, each)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, encoding="unicode")}'.encode()


def _add_entry(feed: Element, latest: Latest) -> None:
    comment = latest.comment
    entry = SubElement(feed, "entry")
    _add(entry, "id", f"urn:uuid:{comment.id}")
    _add(
        entry,
        "title",
        f"{comment.author_name} – {latest.article.title}" if latest.article.title else comment.author_name,
    )
    author = SubElement(entry, "author")
    _add(author, "name", comment.author_name)
    if comment.author_url:
        _add(author, "uri", comment.author_url)
    _add(entry, "published", rfc_3339(comment.submitted_at))
    _add(entry, "updated", rfc_3339(latest.written_at))
    if latest.article.url:
        SubElement(entry, "link", rel="alternate", type="text/html", href=_clean(latest.article.url))
    _add(entry, "content", comment.text, type="text")


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
