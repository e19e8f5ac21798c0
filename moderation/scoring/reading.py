"""A comment is read: undisguised, cut into words and classes, and counted.

Everything here takes time linear in the length of the text. `read` is the fast way; `trace` finds the places of
its tokens in the text as it was written, for those who ask why.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from moderation.scoring.characters import CLUSTER, FOLD, INVISIBLE, RARE
from moderation.scoring.edits import AS_FOLDED, AS_WRITTEN
from moderation.scoring.memory import LONGEST, Memory
from moderation.scoring.tokens import OWN, Piece, read_piece

_DIGIT = re.compile(r"\d")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Of so many kinds, characters are looked for one kind after the other: dashes, quotation marks, an accent.
_FEW_KINDS = 8
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# Between letters of scripts that do without joiners: Persian and Indic words need theirs, emoji too.
_HIDDEN = re.compile(f"(?<=[a-zA-Z\u0370-\u052f])[{INVISIBLE}]+(?=[a-zA-Z\u0370-\u052f])")


class Reading(NamedTuple):
    """What was read of a text. `tokens` in order; `marks` as often as they were met; `folded` is the plain text, and
    `pieces` what stands in it between spaces."""

    text: str
    folded: str
    tokens: list[str]
    marks: list[str]
    pieces: list[Piece]
    own_host: str


class Place(NamedTuple):
    """A token with its place in the original text, as code points."""

    text: str
    start: int
    end: int


def may_be_kept(piece: str) -> bool:
    """Tells whether a piece may be remembered: only words and their punctuation, nothing with a digit or an at sign."""
    return len(piece) <= LONGEST and "@" not in piece and not _DIGIT.search(piece)


class _Pieces(Memory[Piece]):
    """How pieces were read."""

    def may_keep(self, text: str) -> bool:
        return may_be_kept(text)


_PIECES = _Pieces(read_piece, at_most=20_000)


def _compose(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", found.group(1) + found.group(2))


@lru_cache(maxsize=256)
def _own_links(host: str) -> re.Pattern[str]:
    """Links to a host, or to one below it, with or without a scheme."""
    return re.compile(rf"(?<![\w@.-])(?:https?:/+)?(?:[\w-]+\.)*{re.escape(host)}(?![\w-]|\.\w)(?:[/:?#]\S*)?")


def _own_class(found: re.Match[str]) -> str:
    return f" {OWN} "


def fold(text: str) -> str:
    """Returns the text in lower case, composed, without styled and invisible characters. Words are not changed yet."""
    if text.isascii():
        return text.lower()
    kinds = set(_NOT_ASCII.findall(text))
    if len(kinds) <= _FEW_KINDS:
        folded = [RARE[kind] for kind in kinds]
        if None not in folded:
            for kind, plain in zip(kinds, folded, strict=True):
                text = text.replace(kind, plain)  # type: ignore[arg-type]
            return text.lower()
    for pattern, replacement in AS_WRITTEN:
        text = pattern.sub(replacement, text)
    return CLUSTER.sub(_compose, text).translate(FOLD)


def undisguised(text: str, own_host: str = "") -> tuple[str, list[str]]:
    """Returns the text as it is cut into pieces, folded and with its edits, and the marks of what was done to it."""
    folded = fold(text)
    if own_host and own_host in folded:
        folded = _own_links(own_host).sub(_own_class, folded)
    marks = [] if text.isascii() or not _INVISIBLE.search(text) else ["hidden"] * len(_HIDDEN.findall(text))
    for hint, pattern, replacement, mark in AS_FOLDED:
        if hint(folded):
            folded, count = pattern.subn(replacement, folded)
            if mark:
                marks += [mark] * count
    return folded, marks


def read(text: str, own_host: str = "") -> Reading:
    """Reads one text. Never fails: any string can be read. Links to `own_host`, in lower case, are one class."""
    folded, marks = undisguised(text, own_host)
    tokens: list[str] = []
    pieces = [*map(_PIECES.__getitem__, folded.split())]
    for texts, _, piece_marks in pieces:
        tokens += texts
        if piece_marks:
            marks += piece_marks
    return Reading(text, folded, tokens, marks, pieces, own_host)


class _Traced:
    """A text under change that remembers for each character where it came from."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Ranges cost nothing; most texts need no more, because nothing in them moves.
        self.starts: Sequence[int] = range(len(text))
        self.ends: Sequence[int] = range(1, len(text) + 1)

    def fold(self) -> None:
        """Does what `fold` does."""
        if self.text.isascii():
            self.text = self.text.lower()
            return
        for pattern, replacement in AS_WRITTEN:
            self.edit(pattern, replacement)
        self.edit(CLUSTER, _compose)
        folded = [FOLD[ord(character)] for character in self.text]
        self.text = "".join(folded)
        self.starts = [start for start, new in zip(self.starts, folded, strict=True) for _ in new]
        self.ends = [end for end, new in zip(self.ends, folded, strict=True) for _ in new]

    def edit(self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> None:
        """Does what `pattern.sub` does; each new character comes from all that its match has covered."""
        texts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for found in pattern.finditer(self.text):
            begin, end = found.span()
            new = replacement(found)
            texts += [self.text[done:begin], new]
            starts += [*self.starts[done:begin], *[self.starts[begin]] * len(new)]
            ends += [*self.ends[done:begin], *[self.ends[end - 1]] * len(new)]
            done = end
        if done:
            self.text = "".join([*texts, self.text[done:]])
            self.starts = [*starts, *self.starts[done:]]
            self.ends = [*ends, *self.ends[done:]]


_PIECE = re.compile(r"\S+")


def trace(reading: Reading) -> list[Place]:
    """Returns the tokens of a reading with their places in the text as it was written."""
    traced = _Traced(reading.text)
    traced.fold()
    if reading.own_host and reading.own_host in traced.text:
        traced.edit(_own_links(reading.own_host), _own_class)
    for hint, pattern, replacement, _ in AS_FOLDED:
        if hint(traced.text):
            traced.edit(pattern, replacement)
    starts, ends = traced.starts, traced.ends
    offsets = [found.start() for found in _PIECE.finditer(traced.text)]
    return [
        Place(token, starts[offset + begin], ends[offset + end - 1])
        for offset, piece in zip(offsets, reading.pieces, strict=True)
        for token, (begin, end) in zip(piece.texts, piece.places, strict=True)
    ]
