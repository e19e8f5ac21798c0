"""The runs of characters of many texts at once, as numbers on a circle.

A call of NumPy costs as much as a hundred characters do, so that a batch of texts shares its calls.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from moderation.policy.sketches import RUN

_BITS = 30  # of a number
_MANY = 4_000  # characters, from which on it does not matter how often NumPy is called
_BEHIND_ALL = np.uint32(2**32 - 1)
# Odd, and otherwise as good as any others; they must stay what they are, because sketches are stored.
_FACTORS = np.array((0x165667B1, 0x27D4EB2F, 0xC2B2AE3D, 0x85EBCA77, 0x9E3779B1), dtype=np.uint32)


def first_behind(points: int, texts: Sequence[str]) -> list[tuple[int, ...]]:
    """Returns for each text, of `RUN` characters at least, the first run at or behind each of so many points, which lie
    evenly on the circle."""
    numbers = _numbers("".join(texts))
    # Of each text, the first run between each point and the next.
    firsts = np.full((len(texts), points), _BEHIND_ALL, np.uint32)
    sectors = np.minimum(numbers // np.uint32(2**_BITS // points), np.uint32(points - 1)).astype(np.intp)
    begin = 0
    for own, text in zip(firsts, texts, strict=True):
        end = begin + len(text)
        # Between the runs of two texts lie those of which each has a part.
        runs = slice(begin, end - RUN + 1)
        np.minimum.at(own, sectors[runs], numbers[runs])
        begin = end
    found = np.minimum.accumulate(firsts[:, ::-1], axis=1)[:, ::-1]
    # Behind the last one comes the first one: a circle.
    return [*map(tuple, np.where(found == _BEHIND_ALL, found[:, :1], found).tolist())]


def _numbers(text: str) -> NDArray[np.uint32]:
    """Returns a number for each run: the last bits of the sum of its characters, each times the factor of its place."""
    # Lone surrogates are text, too.
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    sums = np.correlate(characters, _FACTORS, "valid") if len(characters) < _MANY else _sums_by_place(characters)
    return sums & np.uint32(2**_BITS - 1)


def _sums_by_place(characters: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Does in ten calls what `correlate` does in one, and each character in a third of the time."""
    size = len(characters) - RUN + 1
    sums = np.zeros(size, dtype=np.uint32)
    for place, factor in enumerate(_FACTORS):
        sums += characters[place : place + size] * factor
    return sums
