"""The queue by score: how many wait where, and what a range of scores is like before it is decided in one step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from moderation.domain import QueuedComment, QueueFilter, Sort
from moderation.storage.database import OpenWork
from moderation.storage.queue import FEW

BARS = 20
_PARTS = 5
_OF_EACH_PART = 2


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many pending comments have a score in each of `BARS` equal parts of [0, 1], and how many have none."""

    counts: list[int]
    unscored: int


@dataclass(frozen=True, slots=True)
class Range:
    """The pending comments with a score in a range: how many (when `exact` is False: more), and some of them, taken
    evenly over the range, the highest scores first."""

    count: int
    exact: bool
    samples: list[QueuedComment]


async def histogram(site: UUID, *, open_reading: OpenWork) -> Histogram:
    """Returns the queue of a site by score."""
    async with open_reading() as work:
        return Histogram(*await work.queue.by_score(site, bars=BARS))


async def look_at_range(site: UUID, low: float, high: float, *, open_reading: OpenWork, now: datetime) -> Range:
    """Returns what lies between two scores, both included."""
    wanted = QueueFilter(min_score=low, max_score=high)
    edges = [low + (high - low) * part / _PARTS for part in range(_PARTS)] + [high]
    async with open_reading() as work:
        count = await work.queue.count(site, wanted)
        found: dict[UUID, None] = {}
        for lowest, highest in pairwise(edges):
            part = replace(wanted, min_score=lowest, max_score=highest)
            few = await work.queue.count(site, part) <= FEW
            places = await work.queue.page(site, part, Sort.RISK, after=None, limit=_OF_EACH_PART, few=few)
            found.update((place.id, None) for place in places)
        samples = await work.items.all_of(list(found), now=now)
    samples.sort(key=lambda comment: -(comment.score or 0.0))
    return Range(min(count, FEW), count <= FEW, samples)
