"""Why a text got its score: exact contributions, with the places in the text as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum
from typing import NamedTuple

from moderation.scoring.about import NAMES
from moderation.scoring.reading import Place
from moderation.scoring.tokens import CLASS_NAMES

Span = tuple[int, int]
Words = Mapping[str, float]
Pairs = Mapping[tuple[str, str], float]


class Contribution(NamedTuple):
    """What one feature adds to the logit: above 0 speaks for spam.

    `spans` are half-open ranges of code points of the original text; none for what is about the text as a whole,
    whose names stand in parentheses.
    """

    feature: str
    spans: tuple[Span, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """`intercept` and the weights of all contributions add up to the logit of the score."""

    intercept: float
    contributions: tuple[Contribution, ...]

    @property
    def logit(self) -> float:
        """The logarithm of the odds of spam."""
        return fsum([self.intercept, *(c.weight for c in self.contributions)])


class Spans(NamedTuple):
    """Where each word, and each pair of neighbours that was asked for, stands in the original text."""

    of_words: Mapping[str, Sequence[Span]]
    of_pairs: Mapping[tuple[str, str], Sequence[Span]]


def spans_of(places: Sequence[Place], pairs: Pairs) -> Spans:
    """Collects the places of words, and of these pairs; a pair reaches from its first word to its second."""
    words: dict[str, list[Span]] = {token: [] for token, _, _ in places}
    for token, begin, end in places:
        words[token].append((begin, end))
    of_pairs: dict[tuple[str, str], list[Span]] = {pair: [] for pair in pairs}
    if of_pairs:
        for (first, begin, _), (second, _, end) in pairwise(places):
            if (first, second) in of_pairs:
                of_pairs[first, second].append((begin, end))
    return Spans(words, of_pairs)


def _shown(token: str) -> str:
    return CLASS_NAMES.get(token, token)


def _words_and_pairs(words: Words, pairs: Pairs) -> Iterator[tuple[str | tuple[str, str], str, float]]:
    """Yields each word and pair with how it is shown and what it adds; what adds nothing is left out."""
    for token, weight in words.items():
        if weight:
            yield token, _shown(token), weight
    for pair, weight in pairs.items():
        if weight:
            yield pair, " ".join(map(_shown, pair)), weight


def _in_text(words: Words, pairs: Pairs, places: Sequence[Place]) -> Iterator[Contribution]:
    spans = spans_of(places, pairs)
    for term, shown, weight in _words_and_pairs(words, pairs):
        found = spans.of_words[term] if isinstance(term, str) else spans.of_pairs[term]
        yield Contribution(shown, tuple(dict.fromkeys(found)), weight)


def whole_contributions(
    words: Words, pairs: Pairs, places: Sequence[Place], about_values: Sequence[float]
) -> Iterator[Contribution]:
    """What the whole text adds: words (each with its parts) and pairs where they stand, and the hand-made features."""
    yield from _in_text(words, pairs, places)
    for name, weight in zip(NAMES, about_values, strict=True):
        if weight:
            yield Contribution(f"({name})", (), weight)


def run_contributions(words: Words, pairs: Pairs, places: Sequence[Place], *, penalty: float) -> Iterator[Contribution]:
    """What a run of words adds that is judged on its own."""
    yield from _in_text(words, pairs, places)
    yield Contribution("(only a passage of the text)", (), penalty)


def author_contributions(words: Words, pairs: Pairs, *, penalty: float) -> Iterator[Contribution]:
    """What the author's name and link add; they have no place in the text."""
    for _, shown, weight in _words_and_pairs(words, pairs):
        yield Contribution(f"name or link: {shown}", (), weight)
    yield Contribution("(only name and link)", (), penalty)


def strongest_first(contributions: Iterable[Contribution]) -> tuple[Contribution, ...]:
    """Returns them in the order in which people want to read them."""
    return tuple(sorted(contributions, key=lambda c: (-abs(c.weight), c.feature)))
