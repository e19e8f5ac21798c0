"""Entries of the audit trail in words: what was done, with what, and how it was before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from moderation.console.pages import ARTICLES, AUTHORS, ROOT
from moderation.console.texts import Texts
from moderation.domain import TrailEntry, TrailKind

# Those of a decision are told in its sentence, or are of use to programs only.
_UNTOLD = {"status", "version", "batch", "undoes", "author", "article"}
# Whose values are words of ours, each with the section of the catalogue in which it stands.
_WORDS = {
    "reason": "reason",
    "standing": "standing",
    "role": "role",
    "comments": "switch",
    "moderation": "setting_value",
}
_ARROW = " → "


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is shown. `about` is what it was done with, `link` the page about that if it is still there;
    `details` have a name and a value each."""

    entry: TrailEntry
    action: str
    about: str
    link: str | None
    details: Sequence[tuple[str, str]]


def line_of(entry: TrailEntry, *, texts: Texts, gone: Collection[str] = ()) -> Line:
    """Returns an entry in words. `gone`: the subjects that were erased, to whose pages no link leads."""
    about, link = _about(entry, texts)
    kept = None if entry.subject in gone else link
    return Line(entry, _action(entry, texts), about, kept, list(_details(entry, texts)))


def _action(entry: TrailEntry, texts: Texts) -> str:
    status = entry.details.get("status")
    if entry.action == TrailKind.DECISION and f"status.{status}" in texts:
        said = texts(f"status.{status}")
        return texts("audit.undone", status=said) if entry.details.get("undoes") else said
    return _known(f"action.{entry.action.replace('.', '_')}", texts) or entry.action


def _about(entry: TrailEntry, texts: Texts) -> tuple[str, str | None]:
    if entry.comment_id is not None:
        return texts("audit.comment"), f"{ROOT}/comments/{entry.comment_id}"
    if entry.action.startswith(f"{TrailKind.AUTHOR}."):
        return texts("audit.author"), f"{AUTHORS}/{entry.subject}"
    article = entry.details.get("article")
    if entry.action.startswith(f"{TrailKind.ARTICLE}.") and isinstance(article, str):
        return article, f"{ARTICLES}?{urlencode({'q': article})}"
    return entry.subject, None


def _details(entry: TrailEntry, texts: Texts) -> Iterator[tuple[str, str]]:
    details = dict(entry.details)
    if details.get("reason") == details.get("status"):
        details.pop("reason", None)  # "approved: approved" says nothing more
    was, now = details.get("was"), details.get("now")
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        # As the switches of an article are noted: all that was, and all that is.
        del details["was"], details["now"]
        details |= {name: {"was": was.get(name), "now": value} for name, value in now.items()}
    elif "standing" in details and "was" in details:
        details["standing"] = {"was": details.pop("was"), "now": details["standing"]}
    for name, value in details.items():
        if name not in _UNTOLD and value not in (None, "", []):
            yield _name(name, texts), _value(entry, name, value, texts)


def _name(name: str, texts: Texts) -> str:
    return _known(f"detail.{name}", texts) or _known(f"setting.{name}", texts) or name


def _value(entry: TrailEntry, name: str, value: object, texts: Texts) -> str:
    if isinstance(value, Mapping) and set(value) == {"was", "now"}:
        return _ARROW.join(_value(entry, name, value[each], texts) for each in ("was", "now"))
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if value is None:
        return texts("audit.default")
    if name == "until" and isinstance(value, str):
        return texts.moment(datetime.fromisoformat(value))
    # A reason is one of ours for a decision only; elsewhere somebody has typed it.
    section = _WORDS.get(name) if name != "reason" or entry.action == TrailKind.DECISION else None
    return (_known(f"{section}.{value}", texts) if section else None) or str(value)


def _known(key: str, texts: Texts) -> str | None:
    return texts(key) if key in texts else None
