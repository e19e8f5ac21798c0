"""Phrases that lists of comment spam name, as numbers: a phrase is found by adding up the hashes of its words.

One listed phrase is chance, several in one text are not. Numbers, because tens of thousands of phrases must load in a
few milliseconds; two phrases in a million share theirs.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from zlib import crc32

_LANES = struct.Struct("<QQQ")
_LANE, _WORD = 64, 192  # bits
_NUMBERS = 6  # of 32 bits for each word
_MASK = 0xFFFFFFFF
FACTOR = 0x9E3779B1  # odd and large, so that the order of the words counts


def hash_of(word: str) -> int:
    """Returns 32 bits that stand for a word."""
    return crc32(word.encode("utf-8", "surrogatepass"))


def hash_of_phrase(words: Sequence[str]) -> int:
    """Returns 32 bits that stand for two or three words in this order."""
    value = hash_of(words[0])
    for word in words[1:]:
        value = (value * FACTOR + hash_of(word)) & _MASK
    return value


def lanes_of(word: str) -> bytes:
    """Returns the hash of a word as it counts as the last, the last but one and the first word of a phrase of three,
    eight bytes each: for `count_listed`."""
    last = hash_of(word)
    before = last * FACTOR & _MASK
    return _LANES.pack(last, before, before * FACTOR & _MASK)


def count_listed(lanes: Sequence[bytes], listed: frozenset[int]) -> int:
    """Returns how many distinct listed phrases of two or three words a text has, given the lanes of its words."""
    words = len(lanes)
    # The hashes of all phrases at once: sums in the lanes of a few long whole numbers. Each lane has room for its sum.
    row = int.from_bytes(b"".join(lanes), "little")
    pairs = (row >> _LANE) + (row >> _WORD)
    triples = (row >> 2 * _LANE) + (row >> _WORD + _LANE) + (row >> 2 * _WORD)
    found = listed.intersection(_lowest(pairs, words - 1))
    return len(found.union(listed.intersection(_lowest(triples, words - 2))))


def _lowest(row: int, words: int) -> array[int]:
    """Returns the lowest 32 bits of the first lane of so many words."""
    numbers = array("I", row.to_bytes(_LANES.size * (words + 2), "little"))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers[: max(0, words) * _NUMBERS : _NUMBERS]


def beyond_chance(count: int) -> int:
    """Returns how many of the listed phrases of a text count: all but the first."""
    return count - (count > 0)
