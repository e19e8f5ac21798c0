"""RFC 3339 moments. `datetime.fromisoformat` takes much more: week dates, no seconds, no offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from moderation.web.texts import given, wrong

_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(\.\d{1,30})?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)


def read_moment(text: str) -> datetime:
    """Returns the moment in UTC, to the microsecond.

    A leap second, which Python does not know, is the second after. Raises ValueError for everything else than
    RFC 3339, section 5.6: most of all for a time without offset, of which nobody knows when it is.
    """
    if (moment := _plain_moment(text)) is not None:
        return moment
    parts = _RFC_3339.fullmatch(text)
    if parts is None:
        raise ValueError("not RFC 3339")
    day, minute, second, fraction, offset = parts.groups()
    leap = second == "60"
    moment = datetime.fromisoformat(f"{day}T{minute}{'59' if leap else second}{(fraction or '')[:7]}{offset.upper()}")
    if moment.tzinfo is UTC and not leap:
        return moment
    try:
        return moment.astimezone(UTC) + timedelta(seconds=leap)
    except OverflowError:
        raise ValueError("outside the years 1 to 9999") from None


def _plain_moment(text: str) -> datetime | None:
    """Returns what nearly every program writes: in UTC, in whole seconds or microseconds. None for everything else."""
    marks, length = text[4:20:3], len(text)
    if (marks == "--T::Z" and length == 20) or (marks == "--T::." and length == 32 and text.endswith("+00:00")):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    return None


def moment(value: object) -> datetime:
    """Takes an RFC 3339 moment, as a pydantic validator."""
    written = given(value)
    try:
        return read_moment(written)
    except ValueError:
        raise wrong("invalid", "This must be a time with an offset, such as 2026-11-23T10:00:00Z.") from None
