"""The comment that nearly every request holds: nothing wrong with it. Taken in by the functions of the fields alone.

They are the same functions and lengths as in the models of `fields.py`, called without pydantic between them, in half
the time. Whoever finds anything wrong here says no more than that: the models tell everything that is wrong at once.
A test holds the two against each other.
"""

from __future__ import annotations

from datetime import datetime

from pydantic_core import PydanticCustomError

from moderation.domain import ArticleRef, Author, Submission
from moderation.intake import addresses
from moderation.intake.addresses import MAX_EMAIL, MAX_URL
from moderation.intake.lengths import MAX_FILLED_IN_MS, MAX_ID, MAX_NAME, MAX_TEXT, MAX_TITLE, MAX_TRAP
from moderation.intake.moments import moment_or_none
from moderation.web import texts


class _NotOrdinary(Exception):
    """Something is wrong or odd; what it is, the models say."""


def ordinary_submission(data: object, *, now: datetime) -> Submission | None:
    """Returns the comment in `data`, or None when anything about it is wrong or odd."""
    if type(data) is not dict:
        return None
    try:
        filled_in_ms = data.get("filled_in_ms")
        if filled_in_ms is not None and not (type(filled_in_ms) is int and 0 <= filled_in_ms <= MAX_FILLED_IN_MS):
            return None
        parent, trap, written_at = data.get("parent_id"), data.get("trap"), data.get("submitted_at")
        return Submission(
            _short(texts.identifier(data.get("external_id")), MAX_ID),
            _article(data.get("article")),
            _author(data.get("author")),
            _short(texts.text(data.get("text")), MAX_TEXT),
            None if parent is None else _short_or_none(texts.identifier_or_none(parent), MAX_ID),
            None if written_at is None else moment_or_none(written_at, now=now),
            None if trap is None else _short_or_none(texts.anything_or_none(trap), MAX_TRAP),
            filled_in_ms,
        )
    except (PydanticCustomError, _NotOrdinary):
        return None


def _article(given: object) -> ArticleRef:
    if type(given) is not dict:
        raise _NotOrdinary
    url, title = given.get("url"), given.get("title")
    return ArticleRef(
        _short(texts.identifier(given.get("id")), MAX_ID),
        None if url is None else _short_or_none(addresses.page_or_none(url), MAX_URL),
        None if title is None else _short_or_none(texts.title_or_none(title), MAX_TITLE),
    )


def _author(given: object) -> Author:
    if type(given) is not dict:
        raise _NotOrdinary
    url, ip, agent = given.get("url"), given.get("ip"), given.get("user_agent")
    return Author(
        _short(texts.name(given.get("name")), MAX_NAME),
        _short(addresses.email(given.get("email")), MAX_EMAIL),
        None if url is None else _short_or_none(addresses.website_or_none(url), MAX_URL),
        None if ip is None else addresses.ip_or_none(ip),
        None if agent is None else texts.user_agent_or_none(agent),
    )


def _short(value: str, most: int) -> str:
    if len(value) > most:
        raise _NotOrdinary
    return value


def _short_or_none(value: str | None, most: int) -> str | None:
    return None if value is None else _short(value, most)
