"""The classifier that serves: the fitted pipeline folded into dictionaries, with the same probability.

Needs nothing but the standard library. What one distinct word adds does not depend on its neighbours, so it is
remembered; a comment of known words costs some dictionary look-ups.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt
from typing import NamedTuple

from moderation.domain import Score, Writing
from moderation.scoring.about import about
from moderation.scoring.explanation import Contribution, Explanation, about_contributions, spans_of, text_contributions
from moderation.scoring.grams import grams, pairs
from moderation.scoring.learned import ABOUT_LIMIT, Block, Learned
from moderation.scoring.reading import Reading, read, trace

_MAX_WORD_REMEMBERED = 32
_MAX_REMEMBERED = 50_000

_Value = tuple[float, float]
_NOTHING: _Value = (0.0, 0.0)


class Parts(NamedTuple):
    """What one word adds: to the two logits before their division, and to the two squared lengths."""

    word: float
    word_square: float
    parts: float
    parts_square: float


def _values(block: Block) -> dict[str, _Value]:
    """Returns for each term what it adds to the logit and to the squared length, before the division."""
    return {
        term: (idf * weight, idf * idf) for term, idf, weight in zip(block.terms, block.idf, block.weight, strict=True)
    }


class _Words(dict[str, Parts]):
    """What each word adds, learned when it is met, and never more of them than a bound."""

    def __init__(self, words: dict[str, _Value], parts: dict[str, _Value]) -> None:
        super().__init__()
        self._words = words
        self._parts = parts

    def __missing__(self, word: str) -> Parts:
        parts, of_parts, square = self._parts, 0.0, 0.0
        for gram in dict.fromkeys([gram for gram in grams(word) if gram in parts]):
            of_part, of_square = parts[gram]
            of_parts += of_part
            square += of_square
        value = Parts(*self._words.get(word, _NOTHING), of_parts, square)
        if len(word) <= _MAX_WORD_REMEMBERED:
            if len(self) >= _MAX_REMEMBERED:
                self.clear()
            self[word] = value
        return value


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
        self._pairs = {
            (first, second): value
            for term, value in _values(learned.pairs).items()
            for first, _, second in [term.partition(" ")]
        }
        self._words = _Words(_values(learned.words), _values(learned.parts))
        self._about = tuple(zip(learned.about.mean, learned.about.factor, learned.about.weight, strict=True))

    def score(self, writings: Sequence[Writing]) -> list[Score]:
        """Returns P(spam) for each writing, in order. Any string can be scored."""
        return [Score(probability(self._logit(read(writing.text))), self.version) for writing in writings]

    def explain(self, writing: Writing) -> Explanation:
        """Returns what spoke for and against spam, strongest first; with the intercept it adds up to the logit."""
        reading = read(writing.text)
        distinct = dict.fromkeys(reading.tokens)
        per_word, per_parts = self._factors(reading)
        words = {
            token: value.word * per_word + value.parts * per_parts
            for token in distinct
            for value in [self._words[token]]
        }
        found_pairs = {pair: self._pairs[pair][0] * per_word for pair in pairs(reading.tokens) if pair in self._pairs}
        contributions: list[Contribution] = [
            *text_contributions(words, found_pairs, spans_of(trace(writing.text))),
            *about_contributions(self._about_values(reading)),
        ]
        contributions.sort(key=lambda c: (-abs(c.weight), c.feature))
        return Explanation(self._intercept, tuple(contributions))

    def _factors(self, reading: Reading) -> tuple[float, float]:
        """Returns one over the length of the block of words and pairs, and one over that of the parts."""
        values = [self._words[token] for token in dict.fromkeys(reading.tokens)]
        word_square = sum(v.word_square for v in values)
        word_square += sum(self._pairs[pair][1] for pair in pairs(reading.tokens) if pair in self._pairs)
        parts_square = sum(v.parts_square for v in values)
        return _inverse_root(word_square), _inverse_root(parts_square)

    def _about_values(self, reading: Reading) -> list[float]:
        return [
            max(-ABOUT_LIMIT, min(ABOUT_LIMIT, (value - mean) * factor)) * weight
            for value, (mean, factor, weight) in zip(about(reading), self._about, strict=True)
        ]

    def _logit(self, reading: Reading) -> float:
        # Written out in one go: this is the one place in the house where microseconds count.
        tokens, known, known_pairs = reading.tokens, self._words, self._pairs
        word = word_square = part = part_square = 0.0
        for token in dict.fromkeys(tokens):
            a, b, c, d = known[token]
            word += a
            word_square += b
            part += c
            part_square += d
        for pair in pairs(tokens):
            value = known_pairs.get(pair)
            if value:
                word += value[0]
                word_square += value[1]
        logit = self._intercept + sum(self._about_values(reading))
        return logit + word * _inverse_root(word_square) + part * _inverse_root(part_square)


def _inverse_root(square: float) -> float:
    return 1 / sqrt(square) if square > 0 else 0.0
