"""Lessons become the rows that are fitted: each whole text, and the passage of it that looks most like spam.

A ham is ham in each of its passages, so the worst of them is learned from as well. Of a spam nobody knows which passage
it is that sells; the one that decided is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from moderation.domain import Writing
from moderation.scoring.learned import Learned
from moderation.scoring.passages import AUTHOR_PENALTY, author_text, own_host, runs
from moderation.scoring.reading import read
from moderation.scoring.terms import logit_as_they_stand, logit_once, logits_of_runs, terms_of
from moderation.scoring.words import Words
from moderation.training.blocks import Passage, bare_passage, whole_passage
from moderation.training.labels import Lesson

# What a passage counts beside its whole text.
PASSAGE_WEIGHT = 0.5


class TrainingRow(NamedTuple):
    """One passage: which lesson it is of, what it counts, and what is subtracted from its logit."""

    passage: Passage
    lesson: int
    weight: float
    penalty: float


def rows_of(lessons: Sequence[Lesson], learned: Learned) -> Iterator[TrainingRow]:
    """Yields the rows of each lesson, the whole text first; passages are chosen by what is learned so far."""
    words = Words(learned.words, learned.pairs, learned.parts)
    listed = frozenset(learned.listed)
    for number, lesson in enumerate(lessons):
        reading = read(lesson.writing.text, own_host(lesson.writing))
        yield TrainingRow(whole_passage(reading, listed), number, lesson.weight, 0.0)
        found = terms_of(reading.tokens, words)
        best: list[tuple[float, Passage, float]] = []
        if of_runs := logits_of_runs(found):
            begin, end, penalty = runs(len(reading.tokens))[of_runs.index(max(of_runs))]
            best.append((max(of_runs), bare_passage(reading.tokens[begin:end]), penalty))
        if named := _named(lesson.writing, words):
            best.append(named)
        whole = logit_once(found)
        for logit, passage, penalty in best:
            if not lesson.is_spam or logit > whole:
                yield TrainingRow(passage, number, lesson.weight * PASSAGE_WEIGHT, penalty)


def _named(writing: Writing, words: Words) -> tuple[float, Passage, float] | None:
    named = author_text(writing)
    if not named:
        return None
    tokens = read(named, own_host(writing)).tokens
    return logit_as_they_stand(terms_of(tokens, words)) - AUTHOR_PENALTY, bare_passage(tokens), AUTHOR_PENALTY
