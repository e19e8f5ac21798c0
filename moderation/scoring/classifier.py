"""The classifier that serves: the fitted pipeline folded into dictionaries, with the same probability.

What one distinct word adds does not depend on its neighbours, so it is remembered; a comment of known words costs some
dictionary look-ups. Each text is read once, for its score and for its reasons. Several writings are judged together, in
arrays (see `together`), which takes half the time; one alone, and reasons, need nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain
from math import exp, inf
from typing import TYPE_CHECKING, NamedTuple

from moderation.domain import Score, Writing
from moderation.scoring.about import about
from moderation.scoring.calibration import Calibration
from moderation.scoring.explanation import (
    Contribution,
    Explanation,
    author_contributions,
    run_contributions,
    strongest_first,
    whole_contributions,
)
from moderation.scoring.learned import ABOUT_LIMIT, Learned
from moderation.scoring.listed import count_listed
from moderation.scoring.passages import AUTHOR_PENALTY, author_text, own_host, runs
from moderation.scoring.reading import Reading, read, trace
from moderation.scoring.terms import (
    NO_TERMS,
    Terms,
    logit_as_they_stand,
    logit_once,
    logits_of_runs,
    terms_of,
    weights_as_they_stand,
    weights_once,
)
from moderation.scoring.words import Words

if TYPE_CHECKING:
    from moderation.scoring.together import Together

# From so many writings on, or from so many characters on, arrays are quicker.
MANY, _MANY_CHARACTERS = 4, 2_000
# So many characters are judged together at most, and so many writings: the words of the longest comments find room.
_MOST_CHARACTERS, _MOST = 60_000, 512


class _Judged(NamedTuple):
    """What a writing and its passages come to, as logits without the intercept. -inf for what there is not."""

    reading: Reading
    text: Terms
    about_it: list[float]
    whole: float
    of_runs: list[float]
    author: Terms
    of_author: float

    @property
    def best_run(self) -> float:
        """That of the run which looks most like spam."""
        return max(self.of_runs, default=-inf)

    @property
    def logit(self) -> float:
        """That of the passage which looks most like spam."""
        return max(self.whole, self.best_run, self.of_author)


def _parts(writings: Sequence[Writing]) -> Iterator[list[Writing]]:
    """Yields the writings in lists that are not too long to be judged together."""
    part: list[Writing] = []
    characters = 0
    for writing in writings:
        characters += _characters(writing)
        if part and (characters > _MOST_CHARACTERS or len(part) == _MOST):
            yield part
            part, characters = [], _characters(writing)
        part.append(writing)
    if part:
        yield part


def _characters(writing: Writing) -> int:
    return len(writing.text) + len(writing.author_name) + len(writing.author_url or "")


def probability(logit: float) -> float:
    """Returns 1 / (1 + e^-logit) without overflow."""
    if logit >= 0:
        return 1 / (1 + exp(-logit))
    small = exp(logit)
    return small / (1 + small)


class Classifier:
    """Immutable but for what it remembers to be faster; may be used by several threads at once."""

    def __init__(self, version: str, learned: Learned) -> None:
        self.version = version
        self._intercept = learned.intercept
        self._words = Words(learned.words, learned.pairs, learned.parts)
        self._about = tuple(zip(learned.about.mean, learned.about.factor, learned.about.weight, strict=True))
        self._calibration = Calibration(learned.calibration) if learned.calibration else None
        self._learned = learned

    def score(self, writings: Sequence[Writing]) -> list[Score]:
        """Returns P(spam) for each writing, in order. Any string can be scored."""
        return [*map(self._score, chain.from_iterable(map(self._logits, _parts(writings))))]

    def _logits(self, writings: Sequence[Writing]) -> Sequence[float]:
        """Returns the logits, without the intercept."""
        if len(writings) >= MANY or sum(map(_characters, writings)) >= _MANY_CHARACTERS:
            from moderation.scoring.rows import TooManyWords  # late: whoever scores a single text needs no NumPy

            with suppress(TooManyWords):
                return self._together.logits(writings)
        return [self._judged(writing).logit for writing in writings]

    @cached_property
    def _together(self) -> Together:
        from moderation.scoring.together import Together

        return Together(self._words, self._learned.listed, self._learned.about)

    @cached_property
    def _listed(self) -> frozenset[int]:
        return frozenset(self._learned.listed)

    def explain(self, writing: Writing) -> Explanation:
        """Returns what spoke for and against spam, strongest first; with the intercept it adds up to the logit.

        It speaks of the passage that decided: see `passages`.
        """
        return self.score_and_explain(writing)[1]

    def score_and_explain(self, writing: Writing) -> tuple[Score, Explanation]:
        """Returns the score with its reasons, as `score` and `explain` do, from one reading of the text."""
        judged = self._judged(writing)
        found = [*_contributions(judged), *self._meant(judged)]
        return self._score(judged.logit), Explanation(self._intercept, strongest_first(found))

    def _score(self, logit: float) -> Score:
        logit += self._intercept
        return Score(probability(self._calibration(logit) if self._calibration else logit), self.version)

    def _meant(self, judged: _Judged) -> Iterable[Contribution]:
        """What the calibration adds."""
        if self._calibration:
            logit = self._intercept + judged.logit
            if moved := self._calibration(logit) - logit:
                yield Contribution("(what such a score has meant)", (), moved)

    def _judged(self, writing: Writing) -> _Judged:
        host = own_host(writing)
        reading = read(writing.text, host)
        text, author, of_author = terms_of(reading.tokens, self._words), NO_TERMS, -inf
        about_it = self._about_values(reading, text.lanes)
        whole = sum(about_it) + logit_once(text)
        if named := author_text(writing):
            author = terms_of(read(named, host).tokens, self._words)
            of_author = logit_as_they_stand(author) - AUTHOR_PENALTY
        return _Judged(reading, text, about_it, whole, logits_of_runs(text), author, of_author)

    def _about_values(self, reading: Reading, lanes: Sequence[bytes]) -> list[float]:
        listed = count_listed(lanes, self._listed) if self._listed else 0
        return [
            weight
            * (ABOUT_LIMIT if (x := (value - mean) * factor) > ABOUT_LIMIT else -ABOUT_LIMIT if x < -ABOUT_LIMIT else x)
            for value, (mean, factor, weight) in zip(about(reading, listed), self._about, strict=True)
        ]


def _contributions(judged: _Judged) -> Iterable[Contribution]:
    """Returns what the passage that decided is made of."""
    text, logit = judged.text, judged.logit
    if judged.of_author > max(judged.whole, judged.best_run):
        return author_contributions(*weights_as_they_stand(judged.author), penalty=-AUTHOR_PENALTY)
    places = trace(judged.reading)
    if logit == judged.whole:
        return whole_contributions(*weights_once(text), places, judged.about_it)
    begin, end, penalty = runs(len(text.tokens))[judged.of_runs.index(logit)]
    weights = weights_as_they_stand(text.between(begin, end))
    return run_contributions(*weights, places[begin:end], penalty=-penalty)
