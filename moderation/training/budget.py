"""Thresholds from a promise: at most so many good comments in a thousand are held, or rejected, by the machine.

The promise is kept in 95 of 100 cases whatever the scores look like: with n good comments that the model has not
learned from, the threshold lies above all but k of them, where k is the most for which the upper bound of Clopper and
Pearson does not exceed the promise. Where comments stand for others (the audit sample does), n and k are those of a
sample of equal comments that would be as good; then the promise is nearly kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log
from typing import Any

import numpy as np
from scipy.special import betaincinv

Numbers = np.ndarray[Any, np.dtype[np.float64]]

CONFIDENCE = 0.95
_DECIMALS = 1e6  # of a threshold: nobody reads more


@dataclass(frozen=True, slots=True)
class Promise:
    """What the data can support. `threshold` None: too few good comments; `needed` says how many it takes at least.
    `share` of good comments reaches the threshold in the sample, and at most `bound` does among all."""

    budget: float
    threshold: float | None
    good: float
    needed: int
    share: float | None = None
    bound: float | None = None


def upper_bound(reached: float, good: float) -> float:
    """Returns the upper bound of Clopper and Pearson for a share, of which `reached` of `good` were seen."""
    return 1.0 if reached >= good else float(betaincinv(reached + 1, good - reached, CONFIDENCE))


def least_needed(budget: float) -> int:
    """Returns how many good comments it takes if none of them reaches the threshold."""
    return ceil(log(1 - CONFIDENCE) / log(1 - budget)) if 0 < budget < 1 else 1


def promised(scores: Numbers, weights: Numbers, budget: float) -> Promise:
    """Returns the lowest threshold that keeps the budget, for scores of good comments with what each stands for."""
    total = float(weights.sum())
    good = total**2 / float((weights**2).sum()) if total > 0 else 0.0
    needed = least_needed(budget)
    order = np.argsort(-scores, kind="stable")
    # The share that reaches a threshold just above each score, from the highest downwards.
    above = (np.cumsum(weights[order]) - weights[order]) / max(total, 1e-12)
    best: tuple[float, float, float] | None = None
    for score, share in zip(scores[order], above, strict=True):
        bound = upper_bound(good * float(share), good)
        if bound > budget:
            break
        best = float(score), float(share), bound
    if best is None:
        return Promise(budget, None, good, needed)
    threshold = min(1.0, (np.floor(best[0] * _DECIMALS) + 1) / _DECIMALS)
    return Promise(budget, float(threshold), good, needed, best[1], best[2])
