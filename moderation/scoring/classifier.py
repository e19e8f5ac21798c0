"""The classifier that serves: the fitted pipeline folded into dictionaries, with the same probability.

Needs nothing but the standard library. What one distinct word adds does not depend on its neighbours, so it is
remembered; a comment of known words costs some dictionary look-ups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import exp, inf, sqrt
from typing import NamedTuple

from moderation.domain import Score, Writing
from moderation.scoring.about import about
from moderation.scoring.explanation import (
    Explanation,
    author_contributions,
    run_contributions,
    spans_of,
    strongest_first,
    whole_contributions,
)
from moderation.scoring.grams import grams
from moderation.scoring.learned import ABOUT_LIMIT, Block, Learned
from moderation.scoring.listed import count_listed, hash_of
from moderation.scoring.passages import AUTHOR_PENALTY, RUN_PENALTY, RUN_WORDS, author_text, own_host, runs
from moderation.scoring.reading import Reading, read, trace

_MAX_WORD_REMEMBERED = 32
_MAX_REMEMBERED = 50_000

_Value = tuple[float, float]
_NOTHING: _Value = (0.0, 0.0)


class Parts(NamedTuple):
    """What one word adds: to the two logits before their division, and to the two squared lengths; and its hash."""

    word: float
    word_square: float
    parts: float
    parts_square: float
    hash: int


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
        value = Parts(*self._words.get(word, _NOTHING), of_parts, square, hash_of(word))
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
        self._listed = frozenset(learned.listed)

    def score(self, writings: Sequence[Writing]) -> list[Score]:
        """Returns P(spam) for each writing, in order. Any string can be scored."""
        return [Score(probability(self._logit(writing)), self.version) for writing in writings]

    def _logit(self, writing: Writing) -> float:
        reading = read(writing.text, own_host(writing))
        values = self._values_of(reading.tokens)
        logit = self._whole(reading, values)
        if of_runs := self._runs(reading.tokens, values):
            logit = max(logit, max(of_runs) - RUN_PENALTY)
        if author := author_text(writing):
            tokens = read(author, own_host(writing)).tokens
            logit = max(logit, self._passage(tokens, self._values_of(tokens)) - AUTHOR_PENALTY)
        return logit

    def _values_of(self, tokens: Sequence[str]) -> list[Parts]:
        known = self._words
        return [known[token] for token in tokens]

    def _whole(self, reading: Reading, values: Sequence[Parts]) -> float:
        """The logit of the whole text: each word and each pair counts once."""
        about_it = sum(self._about_values(reading, values))
        once = [*dict(zip(reading.tokens, values, strict=True)).values()]
        return about_it + self._judged(once, dict.fromkeys(pairwise(reading.tokens)))

    def _passage(self, tokens: Sequence[str], values: Sequence[Parts]) -> float:
        """The logit of a few words on their own, each as often as it stands there."""
        return self._judged(values, pairwise(tokens))

    def _judged(self, values: Sequence[Parts], pairs: Iterator[tuple[str, str]] | dict[tuple[str, str], None]) -> float:
        # Written out in one go: this is the place in the house where microseconds count.
        word = word_square = part = part_square = 0.0
        for a, b, c, d, _ in values:
            word += a
            word_square += b
            part += c
            part_square += d
        known = self._pairs
        for pair in pairs:
            if pair in known:
                a, b = known[pair]
                word += a
                word_square += b
        return self._intercept + word * _inverse_root(word_square) + part * _inverse_root(part_square)

    def _runs(self, tokens: Sequence[str], values: Sequence[Parts]) -> list[float]:
        """The logits of all runs, from sums over the words before each place."""
        known = self._pairs
        if len(tokens) <= RUN_WORDS:
            return []
        pairs = [known.get(pair, _NOTHING) for pair in pairwise(tokens)]
        words, word_squares, parts, part_squares, _ = zip(*values, strict=True)
        of_pairs, pair_squares = zip(*pairs, strict=True)
        by_word, by_pair = _sums(words), _sums(of_pairs)
        by_word_square, by_pair_square = _sums(word_squares), _sums(pair_squares)
        by_part, by_part_square = _sums(parts), _sums(part_squares)
        return [
            self._intercept
            + (by_word[e] - by_word[b] + by_pair[e - 1] - by_pair[b])
            * _inverse_root(by_word_square[e] - by_word_square[b] + by_pair_square[e - 1] - by_pair_square[b])
            + (by_part[e] - by_part[b]) * _inverse_root(by_part_square[e] - by_part_square[b])
            for b, e in runs(len(values))
        ]

    def _about_values(self, reading: Reading, values: Sequence[Parts]) -> list[float]:
        listed = count_listed([value.hash for value in values], self._listed) if self._listed else 0
        return [
            max(-ABOUT_LIMIT, min(ABOUT_LIMIT, (value - mean) * factor)) * weight
            for value, (mean, factor, weight) in zip(about(reading, listed), self._about, strict=True)
        ]

    def explain(self, writing: Writing) -> Explanation:
        """Returns what spoke for and against spam, strongest first; with the intercept it adds up to the logit.

        It speaks of the passage that decided: see `passages`.
        """
        host = own_host(writing)
        reading = read(writing.text, host)
        values = self._values_of(reading.tokens)
        author = read(author_text(writing), host).tokens
        whole, of_runs = self._whole(reading, values), self._runs(reading.tokens, values)
        of_run = max(of_runs, default=-inf) - RUN_PENALTY
        of_author = self._passage(author, self._values_of(author)) - AUTHOR_PENALTY if author else -inf
        if of_author > max(whole, of_run):
            found = author_contributions(*self._weights(author, [*pairwise(author)]), penalty=-AUTHOR_PENALTY)
        elif of_run > whole:
            begin, end = [*runs(len(values))][of_runs.index(max(of_runs))]
            tokens, places = reading.tokens[begin:end], trace(writing.text, host)[begin:end]
            weights = self._weights(tokens, [*pairwise(tokens)])
            found = run_contributions(*weights, spans_of(places), penalty=-RUN_PENALTY)
        else:
            weights = self._weights([*dict.fromkeys(reading.tokens)], [*dict.fromkeys(pairwise(reading.tokens))])
            about_it = self._about_values(reading, values)
            found = whole_contributions(*weights, spans_of(trace(writing.text, host)), about_it)
        return Explanation(self._intercept, strongest_first(found))

    def _weights(
        self, tokens: Sequence[str], pairs: Sequence[tuple[str, str]]
    ) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
        """Returns what each word, with its parts, and each known pair adds to the logit."""
        known = [(token, self._words[token]) for token in tokens]
        known_pairs = [(pair, self._pairs[pair]) for pair in pairs if pair in self._pairs]
        per_word = _inverse_root(sum(v.word_square for _, v in known) + sum(square for _, (_, square) in known_pairs))
        per_part = _inverse_root(sum(v.parts_square for _, v in known))
        words: dict[str, float] = dict.fromkeys(tokens, 0.0)
        for token, value in known:
            words[token] += value.word * per_word + value.parts * per_part
        found = {pair: 0.0 for pair, _ in known_pairs}
        for pair, (weight, _) in known_pairs:
            found[pair] += weight * per_word
        return words, found


def _sums(numbers: Sequence[float]) -> list[float]:
    return [*accumulate(numbers, initial=0.0)]


def _inverse_root(square: float) -> float:
    # The square of what is known is at least 1: less is what is left of subtracting sums.
    return 1 / sqrt(square) if square > 0.5 else 0.0
