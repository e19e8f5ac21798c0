"""The parts of words: a word that was never seen still has endings and middles that were."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from operator import itemgetter

from moderation.scoring.tokens import CLASS_NAMES

LENGTHS = (2, 3, 4, 5)


def distinct_grams(word: str) -> Collection[str]:
    """Returns the runs of 2 to 5 characters of a word between two spaces, each once, in order; none for a class."""
    if word in CLASS_NAMES or not word:
        return ()
    runs = _cut(len(word) + 2)(f" {word} ")
    # Where no run of two is repeated, none is, because each begins with one.
    pairs = len(word) + 1
    return runs if len(set(runs[:pairs])) == pairs else dict.fromkeys(runs)


# Most words that are met are new, and to cut them up is most of the work: so where to cut is worked out once.
_MOST_KNOWN = 34


def _cut(size: int) -> Callable[[str], Sequence[str]]:
    return _known_cut(size) if size <= _MOST_KNOWN else _any_cut(size)


@lru_cache(maxsize=_MOST_KNOWN)
def _known_cut(size: int) -> Callable[[str], Sequence[str]]:
    return _any_cut(size)


def _any_cut(size: int) -> Callable[[str], Sequence[str]]:
    """Returns what cuts a text of so many characters, three or more, into its runs."""
    return itemgetter(*(slice(begin, begin + length) for length in LENGTHS for begin in range(size - length + 1)))
