"""Texts become the streams of `rows`: cut as they were written where nothing in them is disguised, else undisguised.

Nearly every text is plain: ASCII, without a telephone number, letters that stand apart, or a link to the site itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from moderation.scoring.about import NOT_FOREIGN, Foreign, foreign
from moderation.scoring.edits import may_hold_markup, may_hold_phone
from moderation.scoring.reading import undisguised
from moderation.scoring.rows import Rows, steps_of

# Letters, capitals and digits are counted together, in the lanes of one number; texts that are judged at once have
# fewer bytes than a lane can count.
_LANE = 21
_LANES = np.zeros(256, np.int64)
_LANES[[*b"abcdefghijklmnopqrstuvwxyz"]] = 1
_LANES[[*b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = 1 | 1 << _LANE
_LANES[[*b"0123456789"]] = 1 << 2 * _LANE


# To find out late that something is disguised in a text of so many characters would take too long.
_LONG = 2_000


class Characters(NamedTuple):
    """How many characters of ASCII of each kind texts have."""

    letters: NDArray[np.int64]
    capitals: NDArray[np.int64]
    digits: NDArray[np.int64]


def characters_of(texts: Sequence[str]) -> Characters:
    """Counts the characters of each text."""
    raw = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.cumsum([0, *map(len, raw)])
    sums = np.zeros(ends[-1] + 1, np.int64)
    np.cumsum(_LANES[np.frombuffer(b"".join(raw), np.uint8)], out=sums[1:])
    counts = np.diff(sums[ends])
    lane = (1 << _LANE) - 1
    return Characters(counts & lane, counts >> _LANE & lane, counts >> 2 * _LANE)


class Cut(NamedTuple):
    """A text as a stream. Of `pieces` it is, and of those in capitals that the stream does not tell of."""

    stream: bytes
    pieces: int
    in_capitals: int
    foreign: Foreign
    undisguised: bool


def cut(rows: Rows, text: str, host: str, digits: int) -> Cut:
    """Cuts a text with so many digits, on the site with this host. Raises TooManyWords."""
    aside = not text.isascii() or len(text) > _LONG or may_hold_phone(digits) or may_hold_markup(text)
    if aside or (host and host in text.lower()):
        return cut_undisguised(rows, text, host)
    pieces = text.split()
    return Cut(rows.stream_of(pieces), len(pieces), 0, NOT_FOREIGN, undisguised=False)


def cut_undisguised(rows: Rows, text: str, host: str) -> Cut:
    """Cuts a text of which anything may be disguised. Raises TooManyWords."""
    folded, marks = undisguised(text, host)
    pieces = text.split()
    stream = rows.stream_of(folded.split()) + steps_of(marks)
    return Cut(stream, len(pieces), sum(map(str.isupper, pieces)), foreign(text, folded), undisguised=True)
