"""What judges came later than what is learned from, and shares neither authors nor texts with it."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import LabelledComment
from moderation.training.labels import Lesson, lessons_of
from moderation.training.splits import Split, folds, kin_of, split
from tests.labels import FIRST, a_label, campaign_text


def lessons(*comments: LabelledComment) -> list[Lesson]:
    return lessons_of(comments, site_host="", audit_rate=0.01)


def test_the_later_part_judges() -> None:
    found = split(lessons(*(a_label(days=day) for day in range(10))))

    border = FIRST + timedelta(days=7)
    assert [lesson.received_at < border for lesson in found.earlier] == [True] * 7
    assert [lesson.received_at >= border for lesson in found.later] == [True] * 3


def test_comments_of_one_moment_are_split_in_the_order_in_which_they_came() -> None:
    found = split(lessons(*(a_label(received_at=FIRST) for _ in range(10))))

    assert (len(found.earlier), len(found.later), found.dropped) == (7, 3, 0)
    assert max(lesson.comment for lesson in found.earlier) < min(lesson.comment for lesson in found.later)


def test_an_author_who_was_learned_from_does_not_judge() -> None:
    found = split(lessons(*(a_label(days=day, author=day % 7) for day in range(10))))

    assert (len(found.earlier), len(found.later), found.dropped) == (7, 0, 3)


def test_a_campaign_that_goes_on_is_not_judged_by_its_own_copies() -> None:
    found = split(lessons(*(a_label(days=day, text=campaign_text(day) if day > 5 else None) for day in range(10))))

    assert (len(found.earlier), len(found.later), found.dropped) == (7, 0, 3)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12), st.one_of(st.none(), st.integers(0, 3))), max_size=60),
    st.floats(0.1, 0.5),
)
def test_no_author_and_no_text_ever_stands_on_both_sides(
    drawn: list[tuple[int, int, int | None]], held_out: float
) -> None:
    comments = [
        a_label(days=day, author=author, text=None if copy is None else campaign_text(copy))
        for day, author, copy in drawn
    ]

    found = split(lessons(*comments), held_out=held_out)

    assert not {one.author for one in found.earlier} & {one.author for one in found.later}
    assert not {one.cluster for one in found.earlier} & {one.cluster for one in found.later}
    assert len(found.earlier) + len(found.later) + found.dropped == len(comments)
    if found.earlier and found.later:
        assert max(one.received_at for one in found.earlier) <= min(one.received_at for one in found.later)


def test_nothing_is_split_into_nothing() -> None:
    assert split([]) == Split([], [], 0)


@pytest.mark.parametrize("count", [2, 5])
def test_folds_keep_kin_together_and_are_of_one_size(count: int) -> None:
    random = Random(1)
    some = lessons(*(a_label(author=random.randrange(40), days=random.random()) for _ in range(200)))

    found = folds(some, count)

    kin = kin_of(some)
    assert len({(group, fold) for group, fold in zip(kin, found, strict=True)}) == len(set(kin))
    sizes = [found.count(fold) for fold in range(count)]
    assert max(sizes) - min(sizes) <= 15
