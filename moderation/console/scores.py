"""The queue by score, as a picture and a table: a range is chosen, looked at, and decided in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

from aiohttp import web

from moderation.console.cards import OTHER_REASONS, card_of
from moderation.console.chosen import Chosen, chosen_site
from moderation.console.pages import page, texts_of
from moderation.console.returns import here, notice_of
from moderation.web.identity import current_moderator, now_of, service_of
from moderation.workflows.by_score import BARS, histogram, look_at_range
from moderation.workflows.campaigns import campaigns_in
from moderation.workflows.items import items_of

# In units of the picture, of which its style sheet makes what fits.
_BAR_WIDTH, _HIGHEST = 40, 150
WIDTH, HEIGHT = BARS * _BAR_WIDTH, _HIGHEST + 48
_PERCENT = 100 // BARS


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the picture: the scores that it stands for in percent, how many wait there, and where it is drawn."""

    low: int
    high: int
    count: int
    x: int
    height: int
    chosen: bool

    @property
    def y(self) -> int:
        """Where it begins."""
        return _HIGHEST + 20 - self.height


@dataclass(frozen=True, slots=True)
class Wanted:
    """A range of scores in percent, both ends included."""

    low: float
    high: float


async def show_scores(request: web.Request) -> web.Response:
    """Shows the queue by score and, when a range is chosen, what is in it."""
    chosen = await chosen_site(request)
    try:
        wanted = _wanted(request)
    except ValueError:
        return await _show(request, chosen, None, faults=["faults.range"])
    return await _show(request, chosen, wanted)


async def _show(
    request: web.Request, chosen: Chosen, wanted: Wanted | None, *, faults: Sequence[str] = ()
) -> web.Response:
    service, now, texts = service_of(request), now_of(request), texts_of(request)
    site = chosen.known.site
    counted = await histogram(site.id, open_reading=service.open_reading)
    found, cards = None, []
    if wanted is not None:
        low, high = wanted.low / 100, wanted.high / 100
        found = await look_at_range(site.id, low, high, open_reading=service.open_reading, now=now)
        campaigns = await campaigns_in(found.samples, open_reading=service.open_reading)
        items = await items_of(
            site,
            found.samples,
            campaigns=campaigns,
            read_at_once=service.read_at_once,
            scorer=service.scorer,
            now=now,
        )
        viewer = await current_moderator(request)
        cards = [card_of(item, viewer, texts=texts, now=now) for item in items]
    return page(
        request,
        "scores.html",
        status=422 if faults else 200,
        bars=bars_of(counted.counts, wanted),
        unscored=counted.unscored,
        width=WIDTH,
        height=HEIGHT,
        wanted=wanted,
        found=found,
        cards_shown=cards,
        notice=notice_of(request, texts),
        back=here(request),
        faults=faults,
        other_reasons=OTHER_REASONS,
    )


def bars_of(counts: Sequence[int], wanted: Wanted | None) -> list[Bar]:
    """Returns the bars. Their height grows with the root of what they stand for, so that few are seen beside many."""
    most = max(counts, default=0) or 1
    return [
        Bar(
            low=number * _PERCENT,
            high=(number + 1) * _PERCENT,
            count=count,
            x=number * _BAR_WIDTH,
            height=max(4, round(_HIGHEST * sqrt(count / most))) if count else 0,
            chosen=wanted is not None and wanted.low <= number * _PERCENT and (number + 1) * _PERCENT <= wanted.high,
        )
        for number, count in enumerate(counts)
    ]


def _wanted(request: web.Request) -> Wanted | None:
    """Returns the range that is asked for. Raises ValueError when it is none."""
    low, high = request.query.get("low", ""), request.query.get("high", "")
    if low == high == "":
        return None
    wanted = Wanted(float(low or 0), float(high or 100))
    if not (isfinite(wanted.low) and isfinite(wanted.high) and 0 <= wanted.low <= wanted.high <= 100):
        raise ValueError
    return wanted
