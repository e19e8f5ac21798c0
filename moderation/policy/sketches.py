"""A sketch of a text: a few numbers by which nearly the same text is found again among a million others.

A text is the set of its runs of five characters, and two texts are as alike as the share of runs that they have in
common (Jaccard index). Each number of a sketch is drawn from the set such that two texts get the same one with just
that probability: the runs lie on a circle, each at a number made of its characters, and it is the first one after a
fixed point.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from operator import eq, itemgetter
from zlib import crc32

from moderation.domain import Sketch
from moderation.policy.letters import folded

# Shorter texts repeat innocently: "Thank you!", "First", "What a great article".
MIN_CHARACTERS = 25
MIN_RUNS = 12
# The longest comment that is taken; folding may make a text longer, and that must not cost more.
MAX_CHARACTERS = 20_000
# How many comments that are alike are remembered: more tell nothing new, and each would be read for the next.
MOST_ALIKE = 50
# What is left of a text when about one word in ten was replaced.
ALIKE = 0.7

RUN = 5  # characters
_NUMBERS = 24
# Texts that are alike to 0.7 share at least one of four keys of three numbers with P = 0.81, to 0.9 with P = 0.995; two
# that are not, hardly ever. A key of one number would be the same in a few per cent of all comments: " the " is in most
# of them. Each key costs an index, and a campaign has as many chances to be found as it has copies.
_KEYS = 4
# Numbers of one key lie far apart on the circle: neighbours are often the same run, and would make a key of one.
_APART = 8
_IN_A_KEY = _NUMBERS // _APART
_BY_KEY = itemgetter(*(key + _APART * turn for key in range(_KEYS) for turn in range(_IN_A_KEY)))
_PACKED = struct.Struct(f">{_KEYS * _IN_A_KEY}I")
_KEY_BYTES = _PACKED.size // _KEYS
# Drawn at once: enough for NumPy to be quick, and not so much that the longest comments fill the memory.
_CHARACTERS_AT_ONCE = 100_000


def sketch_of(text: str) -> Sketch | None:
    """Returns the sketch of one text, as `sketches_of` does."""
    [sketch] = sketches_of([text])
    return sketch


def sketches_of(texts: Sequence[str]) -> list[Sketch | None]:
    """Returns a sketch for each text, or None for one so short that others write the same. Case, spacing, width and
    invisible characters make no difference. About 10 µs for 200 characters in a batch of 64, 35 µs alone."""
    # Late: whoever starts, and has no comment yet, need not wait for NumPy.
    from moderation.policy.runs import first_behind

    plain = [folded(text)[:MAX_CHARACTERS] for text in texts]
    known: dict[str, Sketch | None] = {}
    for part in _parts([text for text in plain if len(text) >= MIN_CHARACTERS]):
        known |= zip(part, map(_sketch, part, first_behind(_NUMBERS, part)), strict=True)
    return [known.get(text) for text in plain]


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    ends = accumulate(map(len, texts))
    for _, part in groupby(zip(texts, ends, strict=True), lambda pair: pair[1] // _CHARACTERS_AT_ONCE):
        yield [text for text, _ in part]


def _sketch(text: str, numbers: tuple[int, ...]) -> Sketch | None:
    if len(set(numbers)) < MIN_RUNS and len(_runs(text)) < MIN_RUNS:
        return None
    return Sketch(numbers, _keys(numbers))


def _runs(text: str) -> set[str]:
    return {text[start : start + RUN] for start in range(len(text) - RUN + 1)}


def likeness(one: Sketch, other: Sketch) -> float:
    """Returns an estimate of the Jaccard index of the two texts' runs; its standard error at 0.7 is 0.09."""
    equal: int = sum(map(eq, one.numbers, other.numbers))
    return equal / _NUMBERS


def alike(one: Sketch, other: Sketch) -> bool:
    """Tells whether the two texts are nearly the same."""
    return likeness(one, other) >= ALIKE


def _keys(numbers: tuple[int, ...]) -> tuple[int, ...]:
    packed = _PACKED.pack(*_BY_KEY(numbers))
    # As signed numbers, because PostgreSQL has no others.
    return tuple([crc32(packed[begin : begin + _KEY_BYTES]) - 2**31 for begin in range(0, len(packed), _KEY_BYTES)])
