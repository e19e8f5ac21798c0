"""The orders of the queue as walks along indexes, each from a place on.

Comments without a score come last where the score decides: SQLite sorts them below all numbers and PostgreSQL above,
so they are a stage of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, literal, tuple_

from moderation.domain import Place, Sort

# Where the classifier cannot tell spam from what is none.
EVEN = 0.5
BY_SCORE = frozenset({Sort.RISK, Sort.UNCERTAIN})
BY_REPORTS = frozenset({Sort.REPORTS})
BY_TIME = frozenset({Sort.NEWEST, Sort.OLDEST})
# Wider than any rounding of 1 - score: it only lets the index begin near the place; the distance itself is exact.
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Walk:
    """What to ask for, in which order."""

    conditions: tuple[ColumnElement[bool], ...]
    order: tuple[ColumnElement[Any], ...]


Stage = list[Walk]


def stages(sort: Sort, at: FromClause, after: Place | None) -> list[Stage]:
    """Returns what is walked one after the other. The walks of one stage are put together by `in_order`."""
    match sort:
        case Sort.NEWEST:
            return [[_down(at, "id", after=after)]]
        case Sort.OLDEST:
            return [[_up(at, "id", after=after)]]
        case Sort.REPORTS:
            return [[_down(at, "reports", "id", after=after)]]
    scored = at.c.score.is_not(None)
    unscored = [_down(at, "score", "id", given=(at.c.score.is_(None), *_older(at, after)))]
    if after is not None and after.score is None:
        return [unscored]
    if sort is Sort.RISK:
        return [[_down(at, "score", "id", after=after, given=(scored,))], unscored]
    return [_outwards(at, after), unscored]


def in_order(sort: Sort, places: list[Place]) -> list[Place]:
    """Returns the places of one stage in order; they come walk by walk, each in its own order."""
    if sort in BY_TIME:
        return sorted(places, key=_time, reverse=sort is Sort.NEWEST)
    return sorted(places, key=_distance) if sort is Sort.UNCERTAIN else places


def _time(place: Place) -> UUID:
    return place.id


def _distance(place: Place) -> tuple[float, bool]:
    return (0.0, False) if place.score is None else (abs(place.score - EVEN), place.score >= EVEN)


def _outwards(at: FromClause, after: Place | None) -> Stage:
    """Returns two walks away from EVEN; at the same distance the smaller score comes first."""
    below, above = at.c.score < EVEN, at.c.score >= EVEN
    if after is None or after.score is None:
        return [_down(at, "score", "id", given=(below,)), _up(at, "score", "id", given=(above,))]
    far, mirrored = abs(after.score - EVEN), 1 - after.score
    if after.score < EVEN:
        beyond = (at.c.score >= mirrored - _SLACK, at.c.score - EVEN >= far)
        return [_down(at, "score", "id", after=after, given=(below,)), _up(at, "score", "id", given=(above, *beyond))]
    beyond = (at.c.score <= mirrored + _SLACK, EVEN - at.c.score > far)
    return [_down(at, "score", "id", given=(below, *beyond)), _up(at, "score", "id", after=after, given=(above,))]


def _older(at: FromClause, after: Place | None) -> Sequence[ColumnElement[bool]]:
    return () if after is None or after.score is not None else (at.c.id < after.id,)


def _down(at: FromClause, *names: str, after: Place | None = None, given: tuple[ColumnElement[bool], ...] = ()) -> Walk:
    behind = () if after is None else (_key(at, names) < _values(at, names, after),)
    return Walk((*given, *behind), tuple(at.c[name].desc() for name in names))


def _up(at: FromClause, *names: str, after: Place | None = None, given: tuple[ColumnElement[bool], ...] = ()) -> Walk:
    behind = () if after is None else (_key(at, names) > _values(at, names, after),)
    return Walk((*given, *behind), tuple(at.c[name] for name in names))


def _key(at: FromClause, names: Sequence[str]) -> ColumnElement[Any]:
    return at.c[names[0]] if len(names) == 1 else tuple_(*(at.c[name] for name in names))


def _values(at: FromClause, names: Sequence[str], place: Place) -> ColumnElement[Any]:
    values = [literal(getattr(place, name), at.c[name].type) for name in names]
    return values[0] if len(values) == 1 else tuple_(*values)
