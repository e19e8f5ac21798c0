"""What a classifier has learned, as plain numbers: the common tongue of training, artifact and serving."""

from __future__ import annotations

from dataclasses import dataclass

# Standard deviations. No hand-made feature may drown the words, however odd a text is.
ABOUT_LIMIT = 4.0


@dataclass(frozen=True, slots=True)
class Block:
    """Terms with how much their presence counts (`idf`) and what it speaks for (`weight`; above 0 is spam).

    A pair of words is one term, with a space between the two.
    """

    terms: tuple[str, ...]
    idf: tuple[float, ...]
    weight: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AboutWeights:
    """For each feature of `about.NAMES`: (value - mean) * factor, limited to `ABOUT_LIMIT`, times weight."""

    mean: tuple[float, ...]
    factor: tuple[float, ...]
    weight: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """All of it. `intercept` is the logit of an empty text before its hand-made features."""

    intercept: float
    words: Block
    pairs: Block
    parts: Block
    about: AboutWeights
    listed: tuple[int, ...] = ()  # phrases of spam lists, see `listed.hash_of_phrase`; in order, each once
    calibration: tuple[tuple[float, float], ...] = ()  # bends of `calibration.Calibration`; none: a logit means itself
