"""About two dozen hand-made features of a text: how it looks, not what it says.

They help little on plain spam and much on new kinds and on disguises, and get a small weight in training. What is
counted in a text is one thing, and what becomes of the counts another: `features` takes those of one text, or arrays
with those of many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import log1p
from typing import Any, NamedTuple

from moderation.scoring.listed import beyond_chance
from moderation.scoring.reading import Reading
from moderation.scoring.tokens import LINK

_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = _CAPITALS + _CAPITALS.lower()
_DIGITS = b"0123456789"
_HIGH = bytes(range(128, 256))
_PICTURES = re.compile("[\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff]")

# Marks that are counted, one feature each.
MARKS = (
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
    *MARKS,
)


class Foreign(NamedTuple):
    """What only a text beyond ASCII can have: characters beyond it, pictures, and Latin letters in another style."""

    others: int
    pictures: int
    styled: int


NOT_FOREIGN = Foreign(0, 0, 0)


class Counts(NamedTuple):
    """What is counted in a text: whole numbers, or arrays of them for many texts.

    `letters`, `capitals` and `digits` are those of ASCII; `pieces` is what stands between spaces, `in_capitals` of
    them without a small letter; `listed` are the phrases of spam lists; `marks` in the order of `MARKS`.
    """

    characters: Any
    letters: Any
    capitals: Any
    digits: Any
    exclamations: Any
    questions: Any
    pieces: Any
    in_capitals: Any
    foreign: Foreign
    words: Any
    distinct_words: Any
    links: Any
    listed: Any
    marks: Sequence[Any]


def features(counts: Counts, *, log1p: Callable[[Any], Any] = log1p) -> tuple[Any, ...]:
    """Returns the features in the order of `NAMES`: counts as log(1 + n), shares in [0, 1]; all finite.

    Of arrays, arrays; `log1p` is then that of NumPy.
    """
    size, words = _one_at_least(counts.characters), _one_at_least(counts.words)
    others, pictures, styled = counts.foreign
    return (
        log1p(counts.characters),
        log1p(counts.words),
        log1p(size / words),
        # Of all letters: what stands beyond ASCII is no capital, but three Latin letters beside it are no shouting.
        counts.capitals / _one_at_least(counts.letters + others),
        counts.in_capitals / _one_at_least(counts.pieces),
        counts.digits / size,
        log1p(counts.exclamations),
        log1p(counts.questions),
        others / size,
        log1p(pictures),
        log1p(styled),
        (counts.words - counts.distinct_words) / words,
        counts.links / words,
        log1p(beyond_chance(counts.listed)),
        *map(log1p, counts.marks),
    )


def _one_at_least(count: Any) -> Any:
    return count + (count == 0)


def about(reading: Reading, listed: int) -> tuple[float, ...]:
    """Returns the features of one text; `listed` is how many phrases of spam lists it has."""
    text, folded, tokens, marks, *_ = reading
    raw = text.encode("utf-8", "surrogatepass")
    pieces = text.split()
    return features(
        Counts(
            characters=len(text),
            letters=_letters(raw),
            capitals=len(raw) - len(raw.translate(None, _CAPITALS)),
            digits=len(raw) - len(raw.translate(None, _DIGITS)),
            exclamations=text.count("!"),
            questions=text.count("?"),
            pieces=len(pieces),
            in_capitals=sum(map(str.isupper, pieces)),
            foreign=foreign(text, folded),
            words=len(tokens),
            distinct_words=len(set(tokens)),
            links=tokens.count(LINK),
            listed=listed,
            marks=[marks.count(mark) for mark in MARKS] if marks else _NO_MARKS,
        )
    )


_NO_MARKS = (0,) * len(MARKS)


def foreign(text: str, folded: str) -> Foreign:
    """Counts what only a text beyond ASCII can have, given what it was folded to."""
    if text.isascii():
        return NOT_FOREIGN
    raw, plain = text.encode("utf-8", "surrogatepass"), folded.encode("utf-8", "surrogatepass")
    styled = _letters(plain) - _letters(raw)
    return Foreign(len(text) - len(raw.translate(None, _HIGH)), len(_PICTURES.findall(text)), max(0, styled))


def _letters(raw: bytes) -> int:
    return len(raw) - len(raw.translate(None, _LETTERS))
