"""What single words add to a logit, remembered.

Two sums always go together: what terms add to the logit before the division, and the square of the length that it is
divided by. So both are one complex number, the first as its real part and the second as its imaginary one: adding
numbers takes half the steps, and nothing is multiplied.
"""

from __future__ import annotations

from itertools import repeat
from math import sqrt
from operator import mul
from typing import NamedTuple

from moderation.errors import BadArtifact
from moderation.scoring.grams import grams
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


def sums_of(block: Block) -> dict[str, complex]:
    """Returns for each term what it adds to both sums. Raises BadArtifact when a term stands there twice."""
    to_logit, to_square = map(mul, block.idf, block.weight), map(mul, block.idf, block.idf)
    sums = dict(zip(block.terms, map(complex, to_logit, to_square), strict=True))
    if len(sums) != len(block.terms):
        raise BadArtifact("The classifier holds a term twice.")
    return sums


def sums_of_pairs(block: Block) -> dict[str, dict[str, complex]]:
    """Returns for each first word of a pair the second words, and what each adds to both sums."""
    pairs: dict[str, dict[str, complex]] = {}
    for term, sums in sums_of(block).items():
        first, _, second = term.partition(" ")
        pairs.setdefault(first, {})[second] = sums
    return pairs


def divided(sums: complex) -> float:
    """Returns what both sums add to the logit; nothing if there were no terms."""
    # The square of what is known is at least 1: less is what is left of subtracting sums.
    return sums.real / sqrt(sums.imag) if sums.imag > 0.5 else 0.0


class Words(Memory[Word]):
    """What each word adds. Raises BadArtifact when the same term is learned twice."""

    def __init__(self, words: Block, pairs: Block, parts: Block) -> None:
        super().__init__(self._word, at_most=_MAX_REMEMBERED)
        self._words = sums_of(words)
        self._pairs = sums_of_pairs(pairs)
        self._parts = sums_of(parts)

    def _word(self, word: str) -> Word:
        of_parts = map(self._parts.get, dict.fromkeys(grams(word)), repeat(NOTHING))
        itself, pairs = self._words.get(word, NOTHING), self._pairs.get(word, _NO_PAIRS)
        return Word(itself, sum(of_parts, NOTHING), pairs, lanes_of(word))


_NO_PAIRS: dict[str, complex] = {}
