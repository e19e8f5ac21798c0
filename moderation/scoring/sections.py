"""The sections of an artifact: lists of terms as text, lists of numbers."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import isfinite

from moderation.errors import BadArtifact

TermList = tuple[str, ...]
NumberList = tuple[float, ...] | tuple[int, ...]
Sections = list[TermList | NumberList]

# Name and kind, in the order of the file: terms, their rarity and their weight; then the hand-made features.
SECTIONS: tuple[tuple[str, str], ...] = (
    ("words", "text"),
    ("words: idf", "e"),
    ("words: weight", "e"),
    ("pairs", "text"),
    ("pairs: idf", "e"),
    ("pairs: weight", "e"),
    ("parts", "text"),
    ("parts: idf", "e"),
    ("parts: weight", "e"),
    ("about: mean", "d"),
    ("about: factor", "d"),
    ("about: weight", "d"),
    ("intercept", "d"),
    ("listed phrases", "I"),
)


def bytes_of(sections: Sequence[TermList | NumberList]) -> list[tuple[bytes, int]]:
    """Returns each section as bytes, with its count. Terms hold no line breaks: readers cut texts at white space."""
    written = []
    for (_, kind), values in zip(SECTIONS, sections, strict=True):
        body = "\n".join(map(str, values)).encode() if kind == "text" else struct.pack(f"<{len(values)}{kind}", *values)
        written.append((body, len(values)))
    return written


def read_section(title: str, kind: str, body: memoryview, count: int) -> TermList | NumberList:
    """Returns the values of one section. Raises BadArtifact when they are not what the header says."""
    return _terms(title, body, count) if kind == "text" else _numbers(title, kind, body, count)


def _terms(title: str, body: memoryview, count: int) -> TermList:
    try:
        terms = tuple(str(body, "utf-8").split("\n")) if len(body) else ()
    except UnicodeDecodeError as error:
        raise BadArtifact(f"«{title}» is not UTF-8.") from error
    if len(terms) != count or "" in terms:
        raise BadArtifact(f"«{title}» does not hold the terms that the header speaks of.")
    return terms


def _numbers(title: str, kind: str, body: memoryview, count: int) -> NumberList:
    if len(body) != count * struct.calcsize(kind):
        raise BadArtifact(f"«{title}» does not hold the numbers that the header speaks of.")
    numbers: NumberList = struct.unpack(f"<{count}{kind}", body)
    # The sum of numbers is finite only if each of them is. That of doubles could overflow; whole ones are finite.
    if (kind == "e" and not isfinite(sum(numbers))) or (kind == "d" and not all(map(isfinite, numbers))):
        raise BadArtifact(f"«{title}» holds a number that is none.")
    return numbers
