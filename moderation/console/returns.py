"""Where a form leads back to, and what is said there to have been done, with the way to undo it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web
from yarl import URL

from moderation.console.pages import QUEUE, ROOT, see_other
from moderation.console.texts import Texts
from moderation.domain import Status
from moderation.web.forms import Form

# Pages of ours with their query; nothing that could lead elsewhere or hold anything but an address.
_BACK = re.compile(
    rf"{ROOT}/(?:queue|scores|articles|comments/[0-9a-f-]{{36}}|authors(?:/[0-9a-f-]{{36}})?)(?:\?[\w.~%&=+-]*)?",
    re.ASCII,
)
_LONGEST = 2000
_MARKS = ("done", "undo", "batch", "count", "kept", "before", "was", "until")


@dataclass(frozen=True, slots=True)
class Notice:
    """What was done, and the address of the form that undoes it."""

    text: str
    undo: str | None = None


def back_of(form: Form, *, otherwise: str = QUEUE) -> str:
    """Returns the page that the form was on, or another one."""
    back = form.get("back", "")
    return back if len(back) <= _LONGEST and _BACK.fullmatch(back) else otherwise


def here(request: web.Request) -> str:
    """Returns the address of this page, as forms on it send it along."""
    return str(_without_marks(request.rel_url))


def done_on(back: str, **marks: object) -> web.Response:
    """Leads back, where it is said what was done."""
    address = _without_marks(URL(back, encoded=True))
    return see_other(str(address.update_query({name: str(value) for name, value in marks.items()})))


def notice_of(request: web.Request, texts: Texts) -> Notice | None:
    """Returns what is said to have been done; only texts of ours, whatever the address holds."""
    query = request.query
    done, number = query.get("done", ""), query.get("count", "")
    batch, decision = _id(query.get("batch")), _id(query.get("undo"))
    if done == "undone_many":
        return Notice(_undone(query, texts))
    if done in ("undone", "noted", "nothing_ticked"):
        return Notice(texts(f"notice.{done}"))
    if done not in list(Status):
        return None
    if batch is not None and number.isdecimal():
        return Notice(texts(f"notice.{done}_many", count=number), f"{ROOT}/batches/{batch}/undo")
    return Notice(texts(f"notice.{done}"), f"{ROOT}/decisions/{decision}/undo" if decision else None)


def _undone(query: Mapping[str, str], texts: Texts) -> str:
    """Returns what has become of many that were taken back, perhaps for the second time."""
    given = {name: query.get(name, "0") for name in ("count", "kept", "before")}
    told = {name: number if number.isdecimal() else "?" for name, number in given.items()}
    if told["count"] == told["kept"] == "0" != told["before"]:
        return texts("notice.undone_before")
    said = texts("notice.undone_many", count=told["count"], kept=told["kept"])
    return said if told["before"] == "0" else f"{said} {texts('notice.undone_some', count=told['before'])}"


def _without_marks(address: URL) -> URL:
    return address.without_query_params(*_MARKS)


def _id(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        return None
