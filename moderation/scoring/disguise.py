"""Single words: spelt with look-alikes of another script, with digits for letters, or drawn out.

Every function takes one folded word (lower case, no spaces) and gives a word of the same length, or a shorter one.
"""

from __future__ import annotations

import re

from moderation.scoring.lookalikes import FANCY, FANCY_TO_LATIN, LETTERS_OF, TO_CYRILLIC, TO_LATIN, style_of

_LATIN, _CYRILLIC, _OTHER = LETTERS_OF
_SAME_AS_LATIN = frozenset(TO_CYRILLIC.values())
_TO_LATIN = str.maketrans(TO_LATIN)
_TO_CYRILLIC = str.maketrans(TO_CYRILLIC)
_FANCY_TO_LATIN = str.maketrans(dict(FANCY_TO_LATIN))
_SHORTEST_FANCY = 3  # a letter and a sign that stands for itself, as "T山", are no word

_LEET = str.maketrans("013457@$", "oieastas")
# Between letters, doubled at the end ("fr33"), or a sign that stands for a first letter ("$ub"). So "mp3", "win7" and
# "covid19" stay what they are.
_LEET_WORD = re.compile(r"[a-z][013457@$]+[a-z]|[a-z](?:00|11|33|44|55|77)$|^[@$][a-z]{2}")
_OUTSIDE_LEET = re.compile(r"[^a-z013457@$'_]")

_DRAWN_OUT = re.compile(r"(.)\1\1+")


def unmix(word: str) -> str:
    """Returns a word of mixed scripts in one script; words of one script are left as they are, whichever it is."""
    if word.isascii():
        return word
    if FANCY.keys() & {*word} and (plain := _from_fancy(word)):
        return plain
    latin, cyrillic = _LATIN.findall(word), _CYRILLIC.findall(word)
    if bool(latin) + bool(cyrillic) + bool(_OTHER.search(word)) < 2:
        return word
    # The letters that have no double in the other script tell which one was meant.
    only_latin = sum(letter not in TO_CYRILLIC for letter in latin)
    only_cyrillic = sum(letter not in _SAME_AS_LATIN for letter in cyrillic)
    return word.translate(_TO_CYRILLIC if only_cyrillic > only_latin else _TO_LATIN)


def _from_fancy(word: str) -> str | None:
    """Returns a word in Latin letters if all of its letters look like some, and they are not of one script."""
    plain = word.translate(_FANCY_TO_LATIN)
    if len(word) < _SHORTEST_FANCY or not (plain.isascii() and plain.isalpha()):
        return None
    return plain if len({*map(style_of, word)}) > 1 else None


def unleet(word: str) -> str:
    """Returns "fr33" as "free"; words that only carry a number are left as they are."""
    if _OUTSIDE_LEET.search(word) or not _LEET_WORD.search(word):
        return word
    return word.translate(_LEET)


def shorten(word: str) -> str:
    """Returns "soooo" as "soo": two in a row can be spelling, more are emphasis."""
    return _DRAWN_OUT.sub(r"\1\1", word) if _DRAWN_OUT.search(word) else word  # to look first is quicker by half
