"""The audit trail as a table in CSV (RFC 4180) that a spreadsheet opens without running anything that stands in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from moderation.clock import rfc_3339
from moderation.domain import TrailEntry

_COLUMNS = ("time", "person", "action", "subject", "comment", "details", "id")

# What makes a spreadsheet take a cell for a formula, also in full width; and what it drops before it looks.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")
_DROPPED = " \t\r\n\v\f\0\N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"

# Where a comma stands in numbers, as in German, spreadsheets part cells at semicolons, and heed no quotation mark that
# is not the first of a cell: what stands behind a semicolon would begin one.
_BEHIND = re.compile(rf"(?<=;)(?=[{_DROPPED}\"]*[{re.escape(''.join(_FORMULA))}])")


def as_csv(entries: Iterable[TrailEntry]) -> bytes:
    """Returns some entries as lines."""
    return "".join(_line(_cells(entry)) for entry in entries).encode("utf-8", "replace")


def _cells(entry: TrailEntry) -> Sequence[str]:
    return (
        rfc_3339(entry.at),
        entry.actor,
        entry.action,
        entry.subject,
        str(entry.comment_id or ""),
        json.dumps(entry.details, ensure_ascii=False, default=str),
        str(entry.id),
    )


def _line(cells: Sequence[str]) -> str:
    return ",".join(map(_cell, cells)) + "\r\n"


def _cell(text: str) -> str:
    """Returns a cell in quotation marks, with an apostrophe before what would be calculated."""
    begins = text.lstrip(_DROPPED)
    guarded = _BEHIND.sub("'", text)
    if begins.startswith(_FORMULA) or text[:1] in ("\t", "\r"):
        guarded = f"'{guarded}"
    return '"' + guarded.replace('"', '""') + '"'


HEADER = _line(_COLUMNS).encode()
