"""What a word is, for those who search: letters and digits of any script with their marks, found by their beginning."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
# They stand within words of Persian and of Indian languages, and are neither letters nor marks.
_JOINERS = "\u200c\u200d"
# Where a word begins for SQLite's index: behind no letter or digit, and behind none of the marks that it takes for a
# part of the letter before.
_BEGINNING = r"(?<![^\W_])(?<![\u0300-\u0331])"


def words_of(text: str) -> tuple[str, ...]:
    """Returns the words of a text, each once."""
    return tuple(dict.fromkeys(_WORD.findall(text) if text.isascii() else _marked_words(text)))


def _marked_words(text: str) -> list[str]:
    """Returns the words of a text with the marks behind their letters. Without these a word of Hindi would be pieces,
    of which only the first begins a word."""
    runs = "".join(sign if sign.isalnum() or _is_mark(sign) else " " for sign in text).split()
    words = (run[next((at for at, sign in enumerate(run) if sign.isalnum()), len(run)) :] for run in runs)
    return [word.rstrip(_JOINERS) for word in words if word]


def _is_mark(sign: str) -> bool:
    return sign in _JOINERS or unicodedata.category(sign).startswith("M")


def composed(text: str) -> str:
    """Returns a text with each letter and its marks in one, where there is such a sign: a Mac may write them apart."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def has_words(text: str, wanted: str) -> bool:
    """Tells whether every word of `wanted` begins a word of the text; letter case does not count."""
    lowered = composed(text.lower())
    # Most texts do not have the letters at all, which is found out in a tenth of the time.
    return all(word in lowered and begin.search(lowered) is not None for word, begin in _beginnings(wanted))


@lru_cache(maxsize=64)
def _beginnings(wanted: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    words = words_of(composed(wanted.lower()))
    return tuple((word, re.compile(_BEGINNING + re.escape(word))) for word in words)
