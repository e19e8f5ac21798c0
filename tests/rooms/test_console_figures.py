"""The picture of one's own figures: columns that stand on the ground, and as high as what they stand for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from moderation.console.figures import columns_of, share_of
from moderation.domain import DayOfRulings


def days(*counts: tuple[int, int, int]) -> list[DayOfRulings]:
    """Returns days on which so much was approved, rejected and put back."""
    first = date(2026, 11, 1)
    return [DayOfRulings(first + timedelta(days=at), *counted, 0, 0, 0) for at, counted in enumerate(counts)]


def test_the_parts_of_a_column_stand_on_each_other_and_the_highest_fills_the_picture() -> None:
    first, idle, last = columns_of(days((10, 5, 5), (0, 0, 0), (0, 10, 0)))

    assert [part.height for part in first.parts] == [75, 37.5, 37.5]
    assert [part.y + part.height for part in first.parts] == [170, 95, 57.5]
    assert first.top == 20
    assert (idle.parts, idle.top) == ([], 170)
    assert [(part.status, part.height) for part in last.parts] == [("rejected", 75)]
    assert [column.x for column in (first, idle, last)] == [3, 27, 51]


def test_today_is_named_on_the_axis_and_every_fifth_day_before() -> None:
    named = [column.day.day.day for column in columns_of(days(*[(1, 0, 0)] * 12)) if column.label]

    assert named == [2, 7, 12]


def test_a_month_without_decisions_is_drawn_as_well() -> None:
    assert [column.parts for column in columns_of(days((0, 0, 0)))] == [[]]


@pytest.mark.parametrize(("part", "whole", "told"), [(1, 3, "33 %"), (0, 5, "0 %"), (0, 0, "")])
def test_a_share_of_nothing_is_none(part: int, whole: int, told: str) -> None:
    assert share_of(part, whole) == told
