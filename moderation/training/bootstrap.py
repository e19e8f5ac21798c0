"""How sure a difference is: the same comments are drawn again and again, and both classifiers judged on each draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float64]]

DRAWS = 2_000
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference, and the bounds between which nine tenths of all draws lie: it is below `high` in 95 of 100."""

    mean: float
    low: float
    high: float


def log_losses(chance: Numbers, spam: Numbers) -> Numbers:
    """Returns the log loss of each comment."""
    certain = np.clip(chance, 1e-15, 1 - 1e-15)
    return np.asarray(-np.where(spam == 1, np.log(certain), np.log1p(-certain)))


def paired(difference: Numbers, weights: Numbers, groups: Sequence[int], *, seed: int = 0) -> Difference:
    """Returns the weighted mean of differences, with bounds. Comments of one group are drawn together: those of one
    author, or of one campaign, say little more than one of them."""
    _, of_group = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(of_group, weights=weights * difference)
    counts = np.bincount(of_group, weights=weights)
    random = np.random.default_rng(seed)
    even = np.full(len(sums), 1 / len(sums))
    means: list[Numbers] = []
    for _ in range(DRAWS // _AT_ONCE):
        drawn = random.multinomial(len(sums), even, size=_AT_ONCE)
        means.append((drawn @ sums) / np.maximum(drawn @ counts, 1e-12))
    low, high = np.quantile(np.concatenate(means), [0.05, 0.95])
    return Difference(float(sums.sum() / counts.sum()), float(low), float(high))
