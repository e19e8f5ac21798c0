"""Somebody's own figures. Nobody sees those of colleagues: they are for learning, and not for comparing people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from moderation.domain import DayOfRulings, Moderator
from moderation.storage.database import OpenWork

DAYS = 30


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """What somebody has decided on a site on each of the last days, oldest first; also on days without any."""

    days: list[DayOfRulings]

    @property
    def total(self) -> DayOfRulings:
        """All days together, under the last of them."""
        names = ("approved", "rejected", "pending", "undone", "compared", "agreed")
        return DayOfRulings(self.days[-1].day, *(sum(getattr(day, name) for day in self.days) for name in names))


async def own_figures(moderator: Moderator, site: UUID, *, open_reading: OpenWork, now: datetime) -> OwnFigures:
    """Returns the figures of the last DAYS days (UTC), today included."""
    first = now.date() - timedelta(days=DAYS - 1)
    since = datetime.combine(first, datetime.min.time(), now.tzinfo)
    async with open_reading() as work:
        known = {day.day: day for day in await work.figures.days_of(moderator.id, site, since=since)}
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return OwnFigures([known.get(day) or _idle(day) for day in days])


def _idle(day: date) -> DayOfRulings:
    return DayOfRulings(day, 0, 0, 0, 0, 0, 0)
