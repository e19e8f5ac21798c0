"""When something was written, as a site says it."""

from __future__ import annotations

from datetime import datetime, timedelta

from moderation.web.moments import moment
from moderation.web.texts import wrong

# The clock of a site is wrong by a time zone, not by days.
MAX_AHEAD = timedelta(hours=24)


def moment_or_none(value: object, *, now: datetime) -> datetime | None:
    """Takes the moment at which something was written: null and the empty string are none.

    `now` is our clock; what lies more than 24 hours ahead of it is refused.
    """
    if value is None or value == "":
        return None
    written_at = moment(value)
    if written_at > now + MAX_AHEAD:
        raise wrong("invalid", "This time lies more than 24 hours ahead.")
    return written_at
