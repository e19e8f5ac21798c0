"""Phrases that lists of comment spam name, as numbers: a phrase is found by adding up the hashes of its words.

One listed phrase is chance, several in one text are not. Numbers, because tens of thousands of phrases must load in a
few milliseconds; two phrases in a million share theirs.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import pairwise
from math import log1p
from zlib import crc32

_MASK = 0xFFFFFFFF
_FACTOR = 0x9E3779B1  # odd and large, so that the order of the words counts


def hash_of(word: str) -> int:
    """Returns 32 bits that stand for a word."""
    return crc32(word.encode("utf-8", "surrogatepass"))


def hash_of_phrase(words: Sequence[str]) -> int:
    """Returns 32 bits that stand for two or three words in this order."""
    value = hash_of(words[0])
    for word in words[1:]:
        value = (value * _FACTOR + hash_of(word)) & _MASK
    return value


def count_listed(hashes: Sequence[int], listed: Set[int]) -> int:
    """Returns how many distinct listed phrases of two or three words a text has, given the hashes of its words."""
    pairs = [(a * _FACTOR + b) & _MASK for a, b in pairwise(hashes)]
    triples = [(pair * _FACTOR + c) & _MASK for pair, c in zip(pairs, hashes[2:], strict=False)]
    return len({*pairs, *triples} & listed)


def weight_of_count(count: int) -> float:
    """Returns the value of the feature: nothing for the first phrase, then log(1 + n)."""
    return log1p(max(0, count - 1))
