"""The outer form of a webhook, as Standard Webhooks recommends it: what happened, when, and the data of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from moderation.web import texts
from moderation.web.checking import Fields, check
from moderation.web.moments import moment, read_moment


class EventType(StrEnum):
    """What a site tells us."""

    COMMENT_SUBMITTED = "comment.submitted"
    COMMENT_EDITED = "comment.edited"
    COMMENT_DELETED = "comment.deleted"
    COMMENT_REPORTED = "comment.reported"
    ARTICLE_UPDATED = "article.updated"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event of a site. `data` is still unchecked: which fields it must have depends on the type."""

    type: EventType
    timestamp: datetime
    data: object


_TYPES = {str(each): each for each in EventType}
_KNOWN_TYPES = "This must be one of: " + ", ".join(EventType) + "."


def _event_type(value: object) -> EventType:
    written = texts.given(value)
    try:
        return EventType(written)
    except ValueError:
        raise texts.wrong("invalid", _KNOWN_TYPES) from None


def _present(value: object) -> object:
    if value is None:
        raise texts.wrong("required", "This is required.")
    return value


class EnvelopeFields(Fields):
    """A webhook. The fields of `data` depend on `type`."""

    type: Annotated[EventType, BeforeValidator(_event_type)] = Field(description="What happened.")
    timestamp: Annotated[datetime, BeforeValidator(moment)] = Field(
        description="When it happened (RFC 3339, with an offset).", examples=["2026-11-23T10:00:00Z"]
    )
    data: Annotated[Any, BeforeValidator(_present)] = Field(description="What the type says.")


def parse_envelope(document: object) -> Envelope:
    """Returns the envelope of a webhook. Raises Invalid with all of `type`, `timestamp` and `data` that are wrong."""
    return _ordinary(document) or _any_envelope(document)


def _ordinary(document: object) -> Envelope | None:
    """Returns the envelope if nothing about it is wrong or odd. pydantic would say the same, in three times as long."""
    if type(document) is not dict:
        return None
    kind, timestamp, data = document.get("type"), document.get("timestamp"), document.get("data")
    known = _TYPES.get(kind) if type(kind) is str else None
    if known is None or type(timestamp) is not str or data is None:
        return None
    try:
        return Envelope(known, read_moment(timestamp), data)
    except ValueError:
        return None


def _any_envelope(document: object) -> Envelope:
    given = check(EnvelopeFields, document)
    return Envelope(type=given.type, timestamp=given.timestamp, data=given.data)
