"""What words add, as rows of arrays: then many texts are added up at once, in a few calls of NumPy.

A piece of text between two spaces becomes a *stream*: the numbers of the rows of its words, and lower numbers for what
else is counted of it. So to read a text whose pieces are known is to look each of them up and to join what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from moderation.scoring.about import MARKS
from moderation.scoring.edits import may_be_spaced
from moderation.scoring.listed import hash_of
from moderation.scoring.memory import LONGEST
from moderation.scoring.parts import Parts
from moderation.scoring.reading import may_be_kept
from moderation.scoring.tokens import LINK, read_other, read_simple
from moderation.scoring.words import NOTHING, Words

Complex = NDArray[np.complex128]
Integers = NDArray[np.int64]

# What is counted of a text, by number; behind the marks come pieces in capitals, and such as may be spaced letters.
IN_CAPITALS, MAYBE_SPACED = len(MARKS), len(MARKS) + 1
FIRST_ROW = 16

# Three times as many distinct words as ten thousand comments have; 40 MB with the pieces, when they are all there. Then
# all is forgotten; what is left of the rows is what the longest comments of one batch can have.
ROWS = 131_072
_FULL = ROWS - 32_768

_NO_PAIR = 2**63 - 1
_STEP = np.dtype("<u4")  # of a stream


class TooManyWords(Exception):
    """There are no rows for so many new words at once."""


class Rows:
    """The rows of words, and the streams of pieces. For one thread at a time.

    `itself` and `parts` are what a word adds, as in `words.Word`; `first` and `second`, added up, say which pair two
    words are; `hashes` are for listed phrases; `single` is whether a word is one letter.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._parts = Parts(words)
        self._first, self._second = (
            _numbered(words.pairs),
            _numbered(second for s in words.pairs.values() for second in s),
        )
        self.itself, self.parts = np.zeros(ROWS, np.complex128), np.zeros(ROWS, np.complex128)
        self.first, self.second = np.zeros(ROWS, np.int64), np.zeros(ROWS, np.int64)
        self.hashes, self.single = np.zeros(ROWS, np.uint32), np.zeros(ROWS, np.bool_)
        self._forget()

    def pairs(self) -> tuple[Integers, Complex]:
        """Returns the sums of `first` and `second` of every known pair, in order, and what each pair adds; at the end
        one that no two words are, which adds nothing."""
        known = sorted(
            (self._first_of(first) + self._second[second], sums)
            for first, seconds in self._words.pairs.items()
            for second, sums in seconds.items()
        )
        known.append((_NO_PAIR, NOTHING))
        return np.array([key for key, _ in known], np.int64), np.array([sums for _, sums in known], np.complex128)

    def stream_of(self, pieces: Iterable[str]) -> bytes:
        """Returns the stream of a text, given what stands in it between spaces: either as it was written, if all of it
        is ASCII, or as it was folded. Raises TooManyWords."""
        return b"".join(map(self._streams.__getitem__, pieces))

    def learn(self) -> None:
        """Fills the rows of the words that are new since the last time."""
        end = self._used
        begin = end - len(self._new)
        if begin == end:
            return
        self.itself[begin:end] = [*self._words.words.each(self._new)]
        self.parts[begin:end] = self._parts.sums(self._new)
        self.first[begin:end] = [*map(self._first.get, self._new, repeat(0))]
        self.first[begin:end] *= len(self._second) + 1
        self.second[begin:end] = [*map(self._second.get, self._new, repeat(0))]
        self.hashes[begin:end] = [*map(hash_of, self._new)]
        self.single[begin:end] = [len(word) == 1 and word.isalpha() for word in self._new]
        self._new.clear()

    def parts_of(self, word: str) -> complex | None:
        """Returns what the parts of a word add, if it has been learned."""
        row = _number(self._row_of.get(word, _NO_ROW))
        return self.parts.item(row) if FIRST_ROW <= row < self._used - len(self._new) else None

    def tidy(self) -> None:
        """Ends a batch: forgets what may not be kept, and everything when there is too much of it."""
        if self._used > _FULL or len(self._streams) > _FULL:
            self._forget()
        for known, passing in ((self._row_of, self._passing_words), (self._streams, self._passing_pieces)):
            for text in passing:
                known.pop(text, None)
            passing.clear()

    def _forget(self) -> None:
        self._streams = _Known(self.read)
        self._row_of = _Known(self._add)
        self._new: list[str] = []
        self._passing_words: list[str] = []
        self._passing_pieces: list[str] = []
        self._used = FIRST_ROW
        self.link = _number(self._row_of[LINK])

    def _first_of(self, word: str) -> int:
        """Returns a number for the first word of pairs, so far from the next one that a second one fits between."""
        return self._first.get(word, 0) * (len(self._second) + 1)

    def _add(self, word: str) -> bytes:
        """Gives a new word its row, which is filled when all are that are new."""
        if self._used == ROWS:
            raise TooManyWords
        row = _step(self._used)
        self._used += 1
        self._new.append(word)
        if len(word) > LONGEST:
            self._passing_words.append(word)
        return row

    def read(self, piece: str) -> bytes:
        """Returns the stream of one piece."""
        ascii_only = piece.isascii()
        folded = piece.lower() if ascii_only else piece
        simple = read_simple(folded)
        texts, _, marks = simple or read_other(folded)
        stream = b"".join(map(self._row_of.__getitem__, texts))
        if marks:
            stream += steps_of(marks)
        if ascii_only and piece.isupper():
            stream += _CAPITALS
        if not simple and may_be_spaced(piece):
            stream += _SPACED
        if len(piece) > LONGEST or not (simple or may_be_kept(piece)):
            self._passing_pieces.append(piece)
        return stream


class _Known(dict[str, bytes]):
    """What was learned of texts when they were met first."""

    def __init__(self, learn: Callable[[str], bytes]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, text: str) -> bytes:
        self[text] = known = self._learn(text)
        return known


def steps_of(marks: Sequence[str]) -> bytes:
    """Returns a stream that says that these marks were found."""
    return b"".join(map(_STEP_OF_MARK.__getitem__, marks))


def steps_in(stream: bytes) -> NDArray[np.uint32]:
    """Returns a stream as numbers."""
    return np.frombuffer(stream, _STEP)


def _step(number: int) -> bytes:
    return number.to_bytes(_STEP.itemsize, "little")


def _number(step: bytes) -> int:
    return int.from_bytes(step, "little")


def _numbered(words: Iterable[str]) -> dict[str, int]:
    """Returns a number above 0 for each distinct word."""
    return {word: number for number, word in enumerate(dict.fromkeys(words), 1)}


_STEP_OF_MARK = {mark: _step(number) for number, mark in enumerate(MARKS)}
_NO_ROW = _step(0)
_CAPITALS, _SPACED = _step(IN_CAPITALS), _step(MAYBE_SPACED)
