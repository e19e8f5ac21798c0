"""Where a page of the queue begins, as text.

A cursor says nothing secret: whoever makes one up sees other pages of a list that they may read anyway. It is bound to
its list all the same, because elsewhere it would skip comments unseen.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import fields
from math import isfinite
from uuid import UUID

from moderation.domain import Place, QueueFilter, Sort

_LONGEST = 300


def write_cursor(place: Place, site: UUID, wanted: QueueFilter, sort: Sort) -> str:
    """Returns the cursor of the page behind a place."""
    content = [_list_digest(site, wanted, sort), place.id.hex, place.score, place.reports]
    return urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, site: UUID, wanted: QueueFilter, sort: Sort) -> Place | None:
    """Returns the place; None if this is no cursor, or one of another list."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        _, key, score, reports = json.loads(urlsafe_b64decode(padded) if len(padded) < _LONGEST else b"[]")
        place = Place(UUID(hex=key), score, reports)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    # One spelling only: what does not come out again as it came in is none of ours, or of another list.
    return place if _is_place(place) and write_cursor(place, site, wanted, sort) == cursor else None


def _is_place(place: Place) -> bool:
    is_score = place.score is None or (isinstance(place.score, float) and isfinite(place.score))
    return is_score and type(place.reports) is int and 0 <= place.reports < 2**31


def _list_digest(site: UUID, wanted: QueueFilter, sort: Sort) -> str:
    # `asdict` copies all values first, which takes longer than all the rest.
    conditions = {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    described = json.dumps([site.hex, sort, conditions], default=str)
    return hashlib.sha256(described.encode("utf-8", "surrogatepass")).hexdigest()[:16]
