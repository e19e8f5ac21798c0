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
    return all(begin.search(lowered) for begin in _beginnings(wanted))


@lru_cache(maxsize=64)
def _beginnings(wanted: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?<![^\W_]){re.escape(word)}") for word in words_of(wanted.lower()))
