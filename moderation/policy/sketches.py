"""A sketch of a text: a few numbers by which nearly the same text is found again among a million others.

A text is the set of its runs of five characters, and two texts are as alike as the share of runs that they have in
common (Jaccard index). Each number of a sketch is drawn from the set such that two texts get the same one with just
that probability: the runs lie on a circle, each at a number made of its characters, and it is the first one after a
fixed point.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from operator import eq
from zlib import crc32

from moderation.domain import Sketch
from moderation.policy.letters import folded

# Shorter texts repeat innocently: "Thank you!", "First", "What a great article".
MIN_CHARACTERS = 25
MIN_RUNS = 12
# The longest comment that is taken; folding may make a text longer, and that must not cost more.
MAX_CHARACTERS = 20_000
# So many comments that are alike are remembered: more of them tell nothing new, and each would be read for the next.
MOST_ALIKE = 50
# What is left of a text when about one word in ten was replaced.
ALIKE = 0.7

_RUN = 5
_NUMBERS = 24
# Texts that are alike to 0.7 share at least one of four keys of three numbers with P = 0.81, to 0.9 with P = 0.995; two
# that are not, hardly ever. A key of one number would be the same in a few per cent of all comments: " the " is in most
# of them. Each key costs an index, and a campaign has as many chances to be found as it has copies.
_KEYS = 4
# Numbers of one key lie far apart on the circle: neighbours are often the same run, and would make a key of one.
_APART = 8
_BITS = 30  # of a number: Python sorts larger ones twice as slowly
_POINTS = tuple(number * (2**_BITS // _NUMBERS) for number in range(_NUMBERS))
_TRIPLE = struct.Struct(">3I")
_DIGIT = 8
# Odd, and otherwise as good as any others; they must stay what they are, because sketches are stored.
_FACTORS = sum(
    factor << (8 * _DIGIT * place)
    for place, factor in enumerate((0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1))
)
_LAST_BITS = int.from_bytes((2**_BITS - 1).to_bytes(_DIGIT, "little") * (MAX_CHARACTERS + _RUN), "little")


def sketch_of(text: str) -> Sketch | None:
    """Returns the sketch, or None for a text so short that others write the same. Case, spacing, width and invisible
    characters make no difference. About 30 µs for 200 characters and 4 ms for 20 000."""
    plain = folded(text)[:MAX_CHARACTERS]
    if len(plain) < MIN_CHARACTERS:
        return None
    runs = _sums(plain)
    runs.sort()  # with those that come twice: to sort them out costs more than they do
    runs.append(runs[0])  # what lies after the last one is the first one: a circle
    last = len(runs) - 1
    numbers = tuple([runs[bisect_left(runs, point, 0, last)] for point in _POINTS])
    if len(set(numbers)) < MIN_RUNS and len(set(runs)) < MIN_RUNS:
        return None
    return Sketch(numbers, tuple(_keys(numbers)))


def likeness(one: Sketch, other: Sketch) -> float:
    """Returns an estimate of the Jaccard index of the two texts' runs; its standard error at 0.7 is 0.09."""
    equal: int = sum(map(eq, one.numbers, other.numbers))
    return equal / _NUMBERS


def alike(one: Sketch, other: Sketch) -> bool:
    """Tells whether the two texts are nearly the same."""
    return likeness(one, other) >= ALIKE


def _sums(plain: str) -> list[int]:
    """Returns a number for each run: the last bits of the sum of its characters, each times the factor of its place."""
    # All runs at once, as one product of two large numbers whose digits are the characters and the factors; a digit
    # has 64 bits, so that no sum reaches into the next one. Character by character takes several times as long.
    characters = bytearray(_DIGIT * len(plain))
    if plain.isascii():
        characters[::_DIGIT] = plain.encode("ascii")
    else:
        code_points = plain.encode("utf-32-le", "surrogatepass")  # lone surrogates are text, too
        for byte in range(3):
            characters[byte::_DIGIT] = code_points[byte::4]
    product = int.from_bytes(characters, "little") * _FACTORS & _LAST_BITS
    digits = memoryview(product.to_bytes(_DIGIT * (len(plain) + _RUN), "little")).cast("Q")
    # The first and the last few digits are of runs that are not whole.
    return digits[_RUN - 1 : len(plain)].tolist()


def _keys(numbers: tuple[int, ...]) -> list[int]:
    return [
        # As signed numbers, because PostgreSQL has no others.
        crc32(_TRIPLE.pack(*numbers[key::_APART])) - 2**31
        for key in range(_KEYS)
    ]
