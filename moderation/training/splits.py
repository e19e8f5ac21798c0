"""Lessons are split into what is learned from and what the result is judged by: by time, and by author and text.

What is judged came later than what is learned from, as in life. No author and no text stands on both sides, nor one
that is nearly the same: else a campaign would be judged by its own copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation.training.clusters import Groups
from moderation.training.labels import Lesson

HELD_OUT = 0.3  # of the lessons, the latest ones


@dataclass(frozen=True, slots=True)
class Split:
    """`earlier` is learned from and `later` is for judging. `dropped` are later words of authors, or copies of texts,
    that are learned from."""

    earlier: list[Lesson]
    later: list[Lesson]
    dropped: int


def split(lessons: Sequence[Lesson], *, held_out: float = HELD_OUT) -> Split:
    """Splits by the order in which comments came; a campaign that goes on over the border is learned from only."""
    if not lessons:
        return Split([], [], 0)
    order = sorted(range(len(lessons)), key=lambda index: _came(lessons[index]))
    border = min(round(len(lessons) * (1 - held_out)), len(lessons) - 1)
    kin = kin_of(lessons)
    early = {kin[index] for index in order[:border]}
    later = [index for index in order[border:] if kin[index] not in early]
    earlier, judged = ([lessons[index] for index in sorted(part)] for part in (order[:border], later))
    return Split(earlier, judged, len(lessons) - border - len(later))


def _came(lesson: Lesson) -> tuple[datetime, UUID]:
    # Comments that were taken in together have one moment; their ids tell which of them came first.
    return lesson.received_at, lesson.comment


def kin_of(lessons: Sequence[Lesson]) -> list[int]:
    """Returns a number for each lesson: the same one for those of one author, or of texts that are nearly the same."""
    groups = Groups(len(lessons))
    groups.join_equal(lesson.author for lesson in lessons)
    groups.join_equal(lesson.cluster for lesson in lessons)
    return groups.all()


def folds(lessons: Sequence[Lesson], count: int) -> list[int]:
    """Returns the fold of each lesson, 0 to count - 1: kin in one fold, and each with much the same of both labels."""
    kin = kin_of(lessons)
    sizes: dict[int, list[int]] = {}
    for group, lesson in zip(kin, lessons, strict=True):
        sizes.setdefault(group, [0, 0])[lesson.is_spam] += 1
    filled = [[0, 0] for _ in range(count)]
    home: dict[int, int] = {}
    # The largest first, each to where least of its label is; then they fill up evenly.
    for group, (ham, spam) in sorted(sizes.items(), key=lambda item: (-sum(item[1]), item[0])):
        mostly = int(spam > ham)
        home[group] = min(range(count), key=lambda fold: (filled[fold][mostly], fold))
        filled[home[group]][0] += ham
        filled[home[group]][1] += spam
    return [home[group] for group in kin]
