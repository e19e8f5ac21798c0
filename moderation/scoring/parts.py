"""What the parts of many words add, looked up at once: to cut up words that nobody has met takes longer than all the
rest.

A part is one number, made of the numbers of its characters among those that known parts have, the first one on top. So
the last known part that does not lie behind the five characters at some place of a word has all parts that begin there
among its own beginnings, and one look-up finds them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from moderation.scoring.grams import LENGTHS
from moderation.scoring.tokens import CLASS_NAMES
from moderation.scoring.words import Words

Complex = NDArray[np.complex128]
Integers = NDArray[np.int64]

_BITS = 12  # of a character
_MOST_CHARACTERS = (1 << _BITS) - 1
_CODES = 0x110000
_SHORTEST, _LONGEST = min(LENGTHS), max(LENGTHS)
# Two numbers differ by less than these, if their first 5, 4, 3 or 2 characters are the same.
_SAME = np.array([1 << _BITS * length for length in range(_LONGEST - _SHORTEST + 1)], np.int64)
# How deep two parts are the same: 0 for less than two characters, 1 for two, and so on.
_DEPTHS = len(_SAME) + 1
_PLACE_BITS = 31


class Parts:
    """The known parts of words."""

    def __init__(self, words: Words) -> None:
        terms = [*words.parts.place]
        codes = _codes("".join(terms))
        alphabet = np.unique(codes)
        self._words = words
        # Where parts have more characters than a number has room for, words are cut up one by one.
        self._fit = len(alphabet) <= _MOST_CHARACTERS and all(len(term) in LENGTHS for term in terms)
        if not self._fit:
            return
        self._numbers = np.zeros(_CODES, np.int64)
        self._numbers[alphabet] = np.arange(1, len(alphabet) + 1)
        lengths = np.array([*map(len, terms)], np.int64)
        begins = np.cumsum(lengths) - lengths
        keys = np.zeros(len(terms), np.int64)
        for place in range(_LONGEST):
            some = lengths > place
            keys[some] |= self._numbers[codes[begins[some] + place]] << _BITS * (_LONGEST - 1 - place)
        order = np.argsort(keys)
        # The first one stands for no part, and adds nothing.
        self._keys = np.append(0, keys[order])
        values = np.array(words.parts.values, np.complex128)[order]
        self._opened = self._beginnings(np.append(0, lengths[order]), np.append(0, values))

    def _beginnings(self, lengths: Integers, values: Complex) -> Complex:
        """Returns for each part what it and its known beginnings add: all that are no longer than each depth says."""
        opened = np.zeros((len(lengths), _DEPTHS), np.complex128)
        for depth in range(1, _DEPTHS):
            beginnings = self._keys & -_SAME[-depth]
            places = np.searchsorted(self._keys, beginnings)
            known = (self._keys[places] == beginnings) & (lengths > depth)
            opened[:, depth] = opened[:, depth - 1] + np.where(known, values[places], 0)
        return opened.reshape(-1)

    def sums(self, words: Sequence[str]) -> Complex:
        """Returns for each word what its parts add, each part once."""
        if not self._fit:
            return np.array([self._words.learn(word).parts for word in words], np.complex128)
        cut = ["" if word in CLASS_NAMES else word for word in words]
        # The blank between two words belongs to the one behind it, and ends the one before.
        numbers = self._numbers[_codes(f" {' '.join(cut)}    ")]
        sizes = np.array([*map(len, cut)], np.int64) + 1
        twos = numbers[:-1] << _BITS | numbers[1:]
        keys = (twos[:-3] << 2 * _BITS | twos[2:-1]) << _BITS | numbers[4:]
        places = np.searchsorted(self._keys, keys, "right") - 1
        shallow = _DEPTHS - 1 - _depths(self._keys[places], keys)

        # In order, and of one part the deepest place first: so what a part has in common with any before it in its
        # word, it has in common with the last one.
        owners = np.repeat(np.arange(len(words)), sizes)
        ordered = np.sort(owners << _PLACE_BITS | places * _DEPTHS + shallow) & (1 << _PLACE_BITS) - 1
        places, shallow = np.divmod(ordered, _DEPTHS)
        longest = places * _DEPTHS + (_DEPTHS - 1 - shallow)
        begins = np.cumsum(sizes) - sizes
        return np.add.reduceat(self._opened[longest] - self._opened[self._in_common(longest, begins)], begins)

    def _in_common(self, longest: Integers, begins: Integers) -> Integers:
        """Returns of each part, in order and by its place among beginnings, what the one before it in its word begins
        with too."""
        places, depths = np.divmod(longest, _DEPTHS)
        keys = self._keys[places]
        depths[1:] = np.minimum(np.minimum(depths[1:], depths[:-1]), _depths(keys[1:], keys[:-1]))
        depths[begins] = 0
        return places * _DEPTHS + depths


def _depths(some: Integers, others: Integers) -> Integers:
    """Returns how deep numbers are the same."""
    return _DEPTHS - 1 - np.searchsorted(_SAME, some ^ others, "right")


def distinct(keys: Integers) -> Integers:
    """Returns each key once, in order; `np.unique` takes three times as long."""
    keys = np.sort(keys)
    are_new = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=are_new[1:])
    return keys[are_new]


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
