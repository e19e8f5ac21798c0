"""Words in a row, and what they add to the logit: all of them, as a whole text or as they stand, or some at a time.

This is the place in the house where microseconds count, so loops are left to `map` and `accumulate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, compress, pairwise, repeat
from math import sqrt
from operator import add
from typing import NamedTuple

from moderation.scoring.passages import runs
from moderation.scoring.words import NOTHING, Words, divided

Pair = tuple[str, str]


class Terms(NamedTuple):
    """Words in a row: each as it is read, what it adds itself and by its parts, what it adds as a pair with the one
    behind it, and its lanes."""

    tokens: Sequence[str]
    words: Sequence[complex]
    parts: Sequence[complex]
    pairs: Sequence[complex]
    lanes: Sequence[bytes]

    def between(self, begin: int, end: int) -> Terms:
        """Returns the words `begin` to `end`, half open."""
        inside = slice(begin, end)
        pairs = self.pairs[begin : end - 1]
        return Terms(self.tokens[inside], self.words[inside], self.parts[inside], pairs, self.lanes[inside])


NO_TERMS = Terms((), (), (), (), ())


def terms_of(tokens: Sequence[str], known: Words) -> Terms:
    """Looks up what these words add."""
    if not tokens:
        return NO_TERMS
    words, parts, following, lanes = zip(*map(known.__getitem__, tokens), strict=True)
    pairs = [*map(dict.get, following, tokens[1:], repeat(NOTHING))]
    return Terms(tokens, words, parts, pairs, lanes)


class Weights(NamedTuple):
    """What each distinct word, with its parts, and each distinct known pair adds to the logit."""

    words: dict[str, float]
    pairs: dict[Pair, float]


def logit_once(terms: Terms) -> float:
    """Returns what these words add to the logit as a whole text, where each word and each pair counts once."""
    words = sum(dict(zip(terms.tokens, terms.words, strict=True)).values(), NOTHING)
    parts = sum(dict(zip(terms.tokens, terms.parts, strict=True)).values(), NOTHING)
    # Each pair has a number object of its own, so that it is quicker told by that than by its words.
    pairs = {id(sums): sums for sums in terms.pairs if sums}
    return divided(sum(pairs.values(), words)) + divided(parts)


def logit_as_they_stand(terms: Terms) -> float:
    """Returns what these words add to the logit, each word and each pair as often as it stands there."""
    return divided(sum(terms.pairs, sum(terms.words, NOTHING))) + divided(sum(terms.parts, NOTHING))


def logits_of_runs(terms: Terms) -> list[float]:
    """Returns what each of `passages.runs` comes to: what its words add to the logit, each as often as it stands there,
    less its penalty.

    From sums over all that stands before a place: adding up run by run would take each word four times.
    """
    places, words = runs(len(terms.tokens)), terms.words
    if not places:
        return []
    before = [*accumulate(map(add, words, terms.pairs), initial=NOTHING)]
    parts_before = [*accumulate(terms.parts, initial=NOTHING)]
    # Of the last word of a run without its pair, which leads out of the run.
    return [
        divided(before[end - 1] - before[begin] + words[end - 1])
        + divided(parts_before[end] - parts_before[begin])
        - penalty
        for begin, end, penalty in places
    ]


def weights_once(terms: Terms) -> Weights:
    """Returns the weights in a whole text, where each word and each pair counts once."""
    return _weights([*_by_word(terms).items()], [*dict(_by_pair(terms)).items()])


def weights_as_they_stand(terms: Terms) -> Weights:
    """Returns the weights where each word and each pair counts as often as it stands there."""
    return _weights([*zip(terms.tokens, zip(terms.words, terms.parts, strict=True), strict=True)], [*_by_pair(terms)])


def _by_word(terms: Terms) -> dict[str, tuple[complex, complex]]:
    return dict(zip(terms.tokens, zip(terms.words, terms.parts, strict=True), strict=True))


def _by_pair(terms: Terms) -> Iterator[tuple[Pair, complex]]:
    """The known pairs."""
    return compress(zip(pairwise(terms.tokens), terms.pairs, strict=True), terms.pairs)


def _weights(words: Sequence[tuple[str, tuple[complex, complex]]], pairs: Sequence[tuple[Pair, complex]]) -> Weights:
    length = _length(sum((sums for _, sums in pairs), sum((itself for _, (itself, _) in words), NOTHING)))
    length_of_parts = _length(sum((parts for _, (_, parts) in words), NOTHING))
    of_words: dict[str, float] = dict.fromkeys([token for token, _ in words], 0.0)
    for token, (itself, parts) in words:
        of_words[token] += itself.real / length + parts.real / length_of_parts
    of_pairs: dict[Pair, float] = dict.fromkeys([pair for pair, _ in pairs], 0.0)
    for pair, sums in pairs:
        of_pairs[pair] += sums.real / length
    return Weights(of_words, of_pairs)


def _length(sums: complex) -> float:
    return sqrt(sums.imag) or 1.0
