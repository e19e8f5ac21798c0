"""About two dozen hand-made features of a text: how it looks, not what it says.

They help little on plain spam and much on new kinds and on disguises, and get a small weight in training.
"""

from __future__ import annotations

import re
from math import log1p

from moderation.scoring.listed import weight_of_count
from moderation.scoring.reading import Reading
from moderation.scoring.tokens import LINK

_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = _CAPITALS + _CAPITALS.lower()
_DIGITS = b"0123456789"
_HIGH = bytes(range(128, 256))
_PICTURES = re.compile("[\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff]")

# Marks that are counted, one feature each.
_MARKS = (
    "link",
    "email",
    "phone",
    "money",
    "mention",
    "hashtag",
    "drawn out",
    "leet",
    "mixed scripts",
    "spaced",
    "hidden",
)

NAMES = (
    "length",
    "number of words",
    "length of words",
    "capital letters",
    "words in capitals",
    "digits",
    "exclamation marks",
    "question marks",
    "letters of other scripts",
    "pictures",
    "styled letters",
    "repeated words",
    "share of links",
    "listed phrases",
    *_MARKS,
)


def about(reading: Reading, listed: int) -> tuple[float, ...]:
    """Returns the features in the order of `NAMES`: counts as log(1 + n), shares in [0, 1]; all finite.

    `listed` is how many phrases of spam lists the text has.
    """
    text, folded, tokens, marks, *_ = reading
    raw = text.encode("utf-8", "surrogatepass")
    size = len(text) or 1
    ascii_only = len(raw) == len(text)
    words = len(tokens) or 1
    letters = len(raw) - len(raw.translate(None, _LETTERS))
    capitals = len(raw) - len(raw.translate(None, _CAPITALS))
    pieces = text.split()
    other = pictures = styled = 0
    if not ascii_only:
        other = len(text) - len(raw.translate(None, _HIGH))
        pictures = len(_PICTURES.findall(text))
        plain = folded.encode("utf-8", "surrogatepass")
        styled = max(0, len(plain) - len(plain.translate(None, _LETTERS)) - letters)
    return (
        log1p(len(text)),
        log1p(len(tokens)),
        log1p(size / words),
        capitals / (letters or 1),
        sum(map(str.isupper, pieces)) / (len(pieces) or 1),
        (len(raw) - len(raw.translate(None, _DIGITS))) / size,
        log1p(text.count("!")),
        log1p(text.count("?")),
        other / size,
        log1p(pictures),
        log1p(styled),
        1 - len(set(tokens)) / words if tokens else 0.0,
        tokens.count(LINK) / words,
        weight_of_count(listed),
        *([log1p(marks.count(mark)) for mark in _MARKS] if marks else _NO_MARKS),
    )


_NO_MARKS = (0.0,) * len(_MARKS)
