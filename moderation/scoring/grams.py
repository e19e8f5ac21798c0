"""The parts of words: a word that was never seen still has endings and middles that were."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from operator import itemgetter

from moderation.scoring.tokens import CLASS_NAMES

LENGTHS = (2, 3, 4, 5)

Cut = Callable[[str], Sequence[str]]


def distinct_grams(word: str) -> Collection[str]:
    """Returns the runs of 2 to 5 characters of a word between two spaces, each once, in order; none for a class."""
    if word in CLASS_NAMES or not word:
        return ()
    runs = _cut(len(word) + 2).all(f" {word} ")
    # Where no run of two is repeated, none is, because each begins with one.
    pairs = len(word) + 1
    return runs if len(set(runs[:pairs])) == pairs else dict.fromkeys(runs)


def longest_grams(word: str) -> Sequence[str] | None:
    """Returns the runs of 5 characters of a word between two spaces, and the shorter ones at its end: one for each
    place where runs begin. None for a class, and where a run stands there twice."""
    if word in CLASS_NAMES:
        return None
    cut, padded = _cut(len(word) + 2), f" {word} "
    if len(set(word)) < len(word) and len(set(cut.pairs(padded))) <= len(word):
        return None
    return cut.longest(padded)


class _Cut:
    """What cuts a text of so many characters, three or more, into its runs: into all of them, into those of two
    characters, and into the longest one at each place."""

    def __init__(self, size: int) -> None:
        begins = range(size - 1)
        self.all: Cut = itemgetter(*(slice(begin, begin + n) for n in LENGTHS for begin in range(size - n + 1)))
        self.pairs: Cut = itemgetter(*(slice(begin, begin + LENGTHS[0]) for begin in begins))
        self.longest: Cut = itemgetter(*(slice(begin, begin + LENGTHS[-1]) for begin in begins))


# Most words that are met are new, and to cut them up is most of the work: so where to cut is worked out once.
_MOST_KNOWN = 34


def _cut(size: int) -> _Cut:
    return _known_cut(size) if size <= _MOST_KNOWN else _Cut(size)


@lru_cache(maxsize=_MOST_KNOWN)
def _known_cut(size: int) -> _Cut:
    return _Cut(size)
