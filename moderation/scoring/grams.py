"""The parts of words: a word that was never seen still has endings and middles that were."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from moderation.scoring.tokens import CLASS_NAMES

LENGTHS = (2, 3, 4, 5)


def grams(word: str) -> list[str]:
    """Returns the runs of 2 to 5 characters of a word between two spaces, repeats included; none for a class."""
    if word in CLASS_NAMES:
        return []
    return [*map(f" {word} ".__getitem__, _runs(len(word) + 2))]


# Most words that are met are new, and to cut them up is most of the work: so where to cut is worked out once.
_MOST_KNOWN = 34


def _runs(size: int) -> Sequence[slice]:
    return _known_runs(size) if size <= _MOST_KNOWN else _all_runs(size)


@lru_cache(maxsize=_MOST_KNOWN)
def _known_runs(size: int) -> Sequence[slice]:
    return _all_runs(size)


def _all_runs(size: int) -> Sequence[slice]:
    return [slice(begin, begin + length) for length in LENGTHS for begin in range(size - length + 1)]
