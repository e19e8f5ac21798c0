"""Why a text got its score: exact contributions, with the places in the text as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

from moderation.scoring.about import NAMES
from moderation.scoring.reading import Place
from moderation.scoring.tokens import CLASS_NAMES

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Contribution:
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


@dataclass(frozen=True, slots=True)
class Spans:
    """Where each word, and each pair of neighbours, stands in the original text."""

    of_words: Mapping[str, Sequence[Span]]
    of_pairs: Mapping[tuple[str, str], Sequence[Span]]


def spans_of(places: Sequence[Place]) -> Spans:
    """Collects the places of words and of pairs; a pair reaches from its first word to its second."""
    words: dict[str, list[Span]] = {}
    of_pairs: dict[tuple[str, str], list[Span]] = {}
    for place in places:
        words.setdefault(place.text, []).append((place.start, place.end))
    for first, second in pairwise(places):
        of_pairs.setdefault((first.text, second.text), []).append((first.start, second.end))
    return Spans(words, of_pairs)


def _shown(token: str) -> str:
    return CLASS_NAMES.get(token, token)


def text_contributions(
    words: Mapping[str, float], found_pairs: Mapping[tuple[str, str], float], spans: Spans
) -> Iterable[Contribution]:
    """Words (each with its parts) and pairs, where they stand; what adds nothing is left out."""
    for token, weight in words.items():
        if weight:
            yield Contribution(_shown(token), tuple(dict.fromkeys(spans.of_words[token])), weight)
    for pair, weight in found_pairs.items():
        if weight:
            yield Contribution(" ".join(map(_shown, pair)), tuple(dict.fromkeys(spans.of_pairs[pair])), weight)


def about_contributions(values: Sequence[float]) -> Iterable[Contribution]:
    """The hand-made features, which have no place in the text."""
    for name, weight in zip(NAMES, values, strict=True):
        if weight:
            yield Contribution(f"({name})", (), weight)
