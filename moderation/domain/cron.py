"""Times of day and week, as a line of cron says them.

    minute hour day-of-month month day-of-week        0-59 0-23 1-31 1-12 0-7 (0 and 7 are Sunday), in UTC

Each field is `*`, a number, a range `1-5`, a list `1,15`, or one of these with a step `*/15`. If both days are given,
either is enough, as cron has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_LONGEST = timedelta(days=366 * 4)


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron line that was read. `days_either`: both days are restricted, and one of them is enough."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    days_either: bool

    def fits(self, moment: datetime) -> bool:
        """Tells whether a minute is one of its times."""
        return self._fits_day(moment) and moment.hour in self.hours and moment.minute in self.minutes

    def _fits_day(self, moment: datetime) -> bool:
        day, weekday = moment.day in self.days, moment.isoweekday() % 7 in self.weekdays
        return moment.month in self.months and (day or weekday if self.days_either else day and weekday)

    def next_after(self, moment: datetime) -> datetime | None:
        """Returns its first time after a moment; None if there is none, such as on 30 February."""
        minute = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = minute + _LONGEST
        while minute < end:
            if not self._fits_day(minute):
                minute = (minute + timedelta(days=1)).replace(hour=0, minute=0)
            elif minute.hour not in self.hours:
                minute = (minute + timedelta(hours=1)).replace(minute=0)
            elif minute.minute not in self.minutes:
                minute += timedelta(minutes=1)
            else:
                return minute
        return None


def read_cron(line: str) -> Cron:
    """Reads a cron line. Raises ValueError with a sentence."""
    fields = line.split()
    if len(fields) != len(_RANGES):
        raise ValueError("needs five fields such as `30 3 * * *`: minute, hour, day, month, day of the week")
    minutes, hours, days, months, weekdays = map(_field, fields, _RANGES)
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    return Cron(minutes, hours, days, months, frozenset(day % 7 for day in weekdays), either)


def _field(text: str, bounds: tuple[int, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        low, dash, high = span.partition("-")
        try:
            begin, end = bounds if span == "*" else (int(low), int(high) if dash else int(low))
            stride = int(step) if slash else 1
        except ValueError:
            raise ValueError(f"does not understand the part {part[:20]!r}") from None
        if slash and not dash and span != "*":
            end = bounds[1]
        if not bounds[0] <= begin <= end <= bounds[1] or stride < 1:
            raise ValueError(f"has {part[:20]!r} where {bounds[0]} to {bounds[1]} is possible")
        found.update(range(begin, end + 1, stride))
    return frozenset(found)
