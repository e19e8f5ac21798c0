"""One's own figures: what one has decided on each day, what was taken back, and whether the classifier agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from moderation.console.chosen import chosen_site
from moderation.console.pages import page
from moderation.domain import DayOfRulings, Status
from moderation.web.identity import current_moderator, service_of
from moderation.workflows.statistics import own_figures

# In units of the picture, of which its style sheet makes what fits.
_STEP, _HIGHEST, _ABOVE, _BELOW = 24, 150, 20, 24
# From the ground upwards.
_STACK = (Status.APPROVED, Status.REJECTED, Status.PENDING)
_LABELLED = 5  # every so many days


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a column: decisions of one kind."""

    status: Status
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A day in the picture. `label` says whether the axis names it."""

    day: DayOfRulings
    x: int
    parts: Sequence[Part]
    top: float
    label: bool


async def show_figures(request: web.Request) -> web.Response:
    """Shows what somebody has decided on a site in the last days."""
    chosen, moderator, service = await chosen_site(request), await current_moderator(request), service_of(request)
    figures = await own_figures(moderator, chosen.known.site.id, open_reading=service.open_reading, now=service.now())
    return page(
        request,
        "figures.html",
        days=figures.days,
        total=figures.total,
        busy=sum(1 for day in figures.days if day.decided),
        columns=columns_of(figures.days),
        stack=_STACK,
        width=len(figures.days) * _STEP,
        height=_ABOVE + _HIGHEST + _BELOW,
        ground=_ABOVE + _HIGHEST,
        column_width=_STEP - 6,
        share=share_of,
    )


def columns_of(days: Sequence[DayOfRulings]) -> list[Column]:
    """Returns the columns of the picture."""
    most = max((day.decided for day in days), default=0) or 1
    return [_column(number, day, most, len(days)) for number, day in enumerate(days)]


def _column(number: int, day: DayOfRulings, most: int, days: int) -> Column:
    parts: list[Part] = []
    y = float(_ABOVE + _HIGHEST)
    for status in _STACK:
        height = round(_HIGHEST * getattr(day, status) / most, 1)
        y = round(y - height, 1)
        parts += [Part(status, y, height)] if height else []
    # Counted from today, which always has its name.
    return Column(day, number * _STEP + 3, parts, y, label=(days - 1 - number) % _LABELLED == 0)


def share_of(part: int, whole: int) -> str:
    """Returns a share in percent, or nothing when there is nothing to share."""
    return f"{100 * part / whole:.0f} %" if whole else ""
