"""What single words add to a logit, remembered.

Two sums always go together: what terms add to the logit before the division, and the square of the length that it is
divided by. So both are one complex number, the first as its real part and the second as its imaginary one: adding
numbers takes half the steps, and nothing is multiplied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import repeat
from math import sqrt
from operator import mul
from typing import NamedTuple

from moderation.errors import BadArtifact
from moderation.scoring.grams import distinct_grams, longest_grams
from moderation.scoring.learned import Block
from moderation.scoring.listed import lanes_of
from moderation.scoring.memory import Memory

_MAX_REMEMBERED = 50_000

NOTHING = 0j


class Word(NamedTuple):
    """What one word adds as a word, what its parts add, what it adds with a word behind it, and its `listed` lanes."""

    itself: complex
    parts: complex
    pairs: dict[str, complex]
    lanes: bytes


class Sums:
    """What each term of a block adds to both sums. Raises BadArtifact when a term stands there twice."""

    def __init__(self, block: Block) -> None:
        self.place = dict(zip(block.terms, range(len(block.terms)), strict=True))
        if len(self.place) != len(block.terms):
            raise BadArtifact("The classifier holds a term twice.")
        self._block = block

    @cached_property
    def values(self) -> list[complex]:
        """In the order of the terms. Made when the first word asks: so loading is quicker."""
        idf, weight = self._block.idf, self._block.weight
        return [*map(complex, map(mul, idf, weight), map(mul, idf, idf))]

    @cached_property
    def _by_term(self) -> dict[str, complex]:
        return dict(zip(self.place, self.values, strict=True))

    def get(self, term: str) -> complex:
        """Returns what one term adds."""
        return self._by_term.get(term, NOTHING)

    def of(self, terms: Iterable[str]) -> complex:
        """Returns what some terms add; nothing for those that are not known."""
        return sum(self.each(terms), NOTHING)

    def each(self, terms: Iterable[str]) -> Iterable[complex]:
        """Returns what each term adds."""
        return map(self._by_term.get, terms, repeat(NOTHING))


class SumsOfParts(Sums):
    """What each part of a word adds. Those of a whole word are found in half as many look-ups, because each part is
    known together with all parts that it begins with."""

    @cached_property
    def _opened(self) -> dict[str, complex]:
        """What each part adds with those that it begins with."""
        known = self._by_term
        opened: dict[str, complex] = {}
        get = opened.get
        for term in sorted(known):  # so that what it begins with is there before
            opened[term] = known[term] + (get(term[:4]) or get(term[:3]) or get(term[:2]) or NOTHING)
        return opened

    def of_word(self, word: str) -> complex:
        """Returns what the parts of a word add, each of them once."""
        longest = longest_grams(word)
        if longest is None:
            return self.of(distinct_grams(word))
        get = self._opened.get
        return sum([get(run) or get(run[:4]) or get(run[:3]) or get(run[:2]) or NOTHING for run in longest], NOTHING)


def sums_of_pairs(sums: Sums) -> dict[str, dict[str, complex]]:
    """Returns for each first word of a pair the second words, and what each adds to both sums."""
    pairs: dict[str, dict[str, complex]] = {}
    for term, value in zip(sums.place, sums.values, strict=True):
        first, _, second = term.partition(" ")
        pairs.setdefault(first, {})[second] = value
    return pairs


def divided(sums: complex) -> float:
    """Returns what both sums add to the logit; nothing if there were no terms."""
    # The square of what is known is at least 1: less is what is left of subtracting sums.
    return sums.real / sqrt(sums.imag) if sums.imag > 0.5 else 0.0


class Words(Memory[Word]):
    """What each word adds. Raises BadArtifact when the same term is learned twice."""

    def __init__(self, words: Block, pairs: Block, parts: Block) -> None:
        super().__init__(self.learn, at_most=_MAX_REMEMBERED)
        self.words = Sums(words)
        self.parts = SumsOfParts(parts)
        self._sums_of_pairs = Sums(pairs)
        # To find what the parts of a word add takes longer than all the rest, so whoever has met it may tell.
        self.parts_met: Callable[[str], complex | None] = _not_met

    @cached_property
    def pairs(self) -> dict[str, dict[str, complex]]:
        """As `sums_of_pairs`. Made when the first word asks, as the values of `Sums` are."""
        return sums_of_pairs(self._sums_of_pairs)

    def learn(self, word: str) -> Word:
        """Works out what a word adds."""
        parts = self.parts_met(word)
        if parts is None:
            parts = self.parts.of_word(word)
        return Word(self.words.get(word), parts, self.pairs.get(word, _NO_PAIRS), lanes_of(word))


def _not_met(_word: str) -> complex | None:
    return None


_NO_PAIRS: dict[str, complex] = {}
