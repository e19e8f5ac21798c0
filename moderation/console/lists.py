"""Lists that a form filters and that are read page by page, along the ids of what is in them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web
from multidict import MultiDict

from moderation.console.chosen import Chosen
from moderation.errors import Invalid
from moderation.web.desk_fields import Listing, read_listing

PER_PAGE = 50

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Where a day may be given for a moment: its beginning, or its end.
_DAYS_LATER = {"since": 0, "until": 1}

Query = TypeVar("Query", bound=Listing)


def asked_in(request: web.Request, model: type[Listing]) -> dict[str, str]:
    """Returns the filter as it was asked for, to be shown in its form and sent along with links."""
    names = [name for name in model.model_fields if name not in ("limit", "cursor")]
    return {name: request.query.get(name, "") for name in names}


def read_list(request: web.Request, model: type[Query]) -> tuple[Query | None, list[str]]:
    """Returns which part of a list is wanted; or None, and the keys of the texts that say what makes no sense."""
    names = (*asked_in(request, model), "cursor")
    asked = MultiDict(
        (name, _moment(value, days=_DAYS_LATER[name]) if name in _DAYS_LATER else value)
        for name, value in request.query.items()
        if name in names
    )
    try:
        return read_listing(model, asked), []
    except Invalid as error:
        return None, [f"lists_wrong.{name}" for name in dict.fromkeys(wrong.field for wrong in error.errors)]


def address_of(path: str, chosen: Chosen, asked: dict[str, str], *, cursor: UUID | None = None) -> str:
    """Returns the address of a list with its filter, or of the page behind one of its things."""
    kept = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode({'site': chosen.slug, **kept, **({'cursor': str(cursor)} if cursor else {})})}"


def _moment(day: str, *, days: int) -> str:
    """Returns the moment at which a day begins (UTC), so many days later; what is no day stays as it is."""
    if not _DAY.fullmatch(day):
        return day
    try:
        return f"{date.fromisoformat(day) + timedelta(days=days)}T00:00:00Z"
    except (ValueError, OverflowError):
        return day
