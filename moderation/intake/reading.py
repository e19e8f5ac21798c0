"""The public door: approved comments of an article, and how many there are. Nothing of the author but name and URL."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field

from moderation.clock import rfc_3339
from moderation.domain import PublicComment
from moderation.errors import FieldError, Invalid, NotFound
from moderation.web.identity import named_site, service_of
from moderation.web.texts import storable

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_ARTICLES = 100
_THREAD = re.compile(r"(?:[0-9a-f]{32}){1,32}")


class PublicAuthor(BaseModel):
    """Who wrote: nothing but what they want to be seen."""

    name: str
    url: str | None


class PublicCommentBody(BaseModel):
    """An approved comment."""

    id: UUID
    external_id: str
    parent_id: str | None = Field(description="The site's own id of the comment that is answered.")
    author: PublicAuthor
    text: str = Field(description="Plain text, never markup.")
    submitted_at: datetime


class CommentsBody(BaseModel):
    """A page of an article's comments, each followed by its replies."""

    items: list[PublicCommentBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


class CountsBody(BaseModel):
    """How many approved comments each article has."""

    counts: dict[str, int]


async def list_comments(request: web.Request) -> web.Response:
    """Answers with a page of an article's approved comments."""
    known = await named_site(request)
    after, limit = _position(request)
    article = request.match_info["article"]
    if not storable(article):
        raise NotFound
    async with service_of(request).open_reading() as work:
        page = await work.reading.page(known.site.id, article, after=after, limit=limit)
    body: dict[str, object] = {
        "items": [public_json(comment) for comment in page.comments],
        "next_cursor": _cursor(page.next_after) if page.next_after else None,
    }
    return _as_json(request, body)


async def count_comments(request: web.Request) -> web.Response:
    """Answers with the number of approved comments of some articles; 0 for those without any."""
    known = await named_site(request)
    articles = request.query.getall("article", [])
    if not 1 <= len(articles) <= MAX_ARTICLES or not all(article and storable(article) for article in articles):
        raise Invalid([FieldError("article", "invalid", f"Name 1 to {MAX_ARTICLES} articles by their ids.")])
    async with service_of(request).open_reading() as work:
        counts = await work.reading.counts(known.site.id, articles)
    return _as_json(request, {"counts": {article: counts.get(article, 0) for article in articles}})


def public_json(comment: PublicComment) -> dict[str, object]:
    """Returns a comment as anyone may read it, a `PublicCommentBody`."""
    return {
        "id": str(comment.id),
        "external_id": comment.external_id,
        "parent_id": comment.parent_id,
        "author": {"name": comment.author_name, "url": comment.author_url},
        "text": comment.text,
        "submitted_at": rfc_3339(comment.submitted_at),
    }


def _position(request: web.Request) -> tuple[str, int]:
    errors = []
    limit = request.query.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch(r"[0-9]{1,3}", limit, re.ASCII) or not 1 <= int(limit) <= MAX_LIMIT:
        errors.append(FieldError("limit", "invalid", f"A whole number from 1 to {MAX_LIMIT}."))
    after = _thread(request.query.get("cursor", ""))
    if after is None:
        errors.append(FieldError("cursor", "invalid", "Take the cursor from `next_cursor` of the page before."))
    if errors or after is None:
        raise Invalid(errors)
    return after, int(limit)


def _cursor(thread: str) -> str:
    return urlsafe_b64encode(bytes.fromhex(thread)).decode().rstrip("=")


def _thread(cursor: str) -> str | None:
    if not cursor:
        return ""
    try:
        thread = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).hex()
    except ValueError:
        return None
    # The decoder skips what is no base64; a cursor of ours has one spelling only.
    return thread if _THREAD.fullmatch(thread) and _cursor(thread) == cursor else None


def _as_json(request: web.Request, body: dict[str, object]) -> web.Response:
    return cacheable(request, json.dumps(body, ensure_ascii=False).encode(), "application/json")


def cacheable(request: web.Request, content: bytes, media_type: str) -> web.Response:
    """Answers with something that anyone may read; 304 to whoever has it already."""
    etag = hashlib.sha256(content).hexdigest()[:32]
    # From any page; caches ask each time whether it is still true.
    headers = {"Cache-Control": "public, no-cache", "Access-Control-Allow-Origin": "*"}
    matches = request.if_none_match
    if matches and any(match.value in (etag, "*") for match in matches):
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(body=content, content_type=media_type, charset="utf-8", headers=headers)
    response.etag = etag
    return response
