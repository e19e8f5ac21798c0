"""What the parts of many words add, looked up at once: to cut up words that nobody has met takes longer than all the
rest.

A part is one number, made of the numbers of its characters among those that known parts have. So no two parts share a
number, and a part with another character has none.
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
_PLACE_BITS = 31


class Parts:
    """The known parts of words."""

    def __init__(self, words: Words) -> None:
        known = words.parts
        terms = [*known.place]
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
        keys = np.zeros(len(terms), np.int64)
        begins = np.cumsum(lengths) - lengths
        for place in range(max(LENGTHS)):
            some = lengths > place
            keys[some] |= self._numbers[codes[begins[some] + place]] << _BITS * place
        order = np.argsort(keys)
        self._keys = np.append(keys[order], 2**63 - 1)
        self._sums = np.append(np.array(known.values, np.complex128)[order], 0)

    def sums(self, words: Sequence[str]) -> Complex:
        """Returns for each word what its parts add, each part once."""
        if not self._fit:
            return np.array([self._words.learn(word).parts for word in words], np.complex128)
        cut = ["" if word in CLASS_NAMES else word for word in words]
        numbers = self._numbers[_codes(f" {' '.join(cut)} ")]
        # The blank between two words belongs to the one behind it, and ends the one before.
        sizes = np.array([*map(len, cut)], np.int64) + 1
        owners = np.append(np.repeat(np.arange(len(words)), sizes), len(words) - 1)
        keys, found = numbers, []
        for length in range(2, max(LENGTHS) + 1):
            last = numbers[length - 1 :]
            keys = np.where(last > 0, keys[: len(last)] | last << _BITS * (length - 1), 0)
            if length in LENGTHS:
                found.append((keys, owners[: len(keys)]))
        all_keys, all_owners = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.argsort(all_keys)  # what is looked up in order is found in half the time
        all_keys, all_owners = all_keys[order], all_owners[order]
        places = np.searchsorted(self._keys, all_keys)
        known = self._keys[places] == all_keys
        once = distinct(all_owners[known] << _PLACE_BITS | places[known])
        of, values = once >> _PLACE_BITS, self._sums[once & (1 << _PLACE_BITS) - 1]
        return np.bincount(of, values.real, len(words)) + 1j * np.bincount(of, values.imag, len(words))


def distinct(keys: Integers) -> Integers:
    """Returns each key once, in order; `np.unique` takes three times as long."""
    keys = np.sort(keys)
    are_new = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=are_new[1:])
    return keys[are_new]


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
