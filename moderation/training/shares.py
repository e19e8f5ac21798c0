"""What a classifier does to good comments and to spam at a site's thresholds, as shares; and how honest it is.

Weights are what each comment stands for: one that was drawn for the audit stands for many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float64]]

# What is compared where a site has set no budget: at most one good comment in 50 is held.
HOLD_BUDGET = 0.02
_BINS = 10
_LEAST_IN_BIN = 15


@dataclass(frozen=True, slots=True)
class Shares:
    """Of all good comments and of all spam, the shares that are published, held, and rejected; each adds up to 1."""

    ham_published: float
    ham_held: float
    ham_rejected: float
    spam_published: float
    spam_held: float
    spam_rejected: float


def shares_of(chance: Numbers, spam: Numbers, weights: Numbers, approve_below: float, reject_above: float) -> Shares:
    """Returns what becomes of comments with these chances. A label without comments has nothing: 0 of it all."""
    rejected = chance >= reject_above
    published = ~rejected & (chance < approve_below)
    held = ~rejected & ~published
    parts = (published, held, rejected)
    return Shares(*(_share(part, spam == label, weights) for label in (0, 1) for part in parts))


def _share(part: Any, of: Any, weights: Numbers) -> float:
    whole = weights[of].sum()
    return float(weights[part & of].sum() / whole) if whole > 0 else 0.0


def recall_at_budget(chance: Numbers, spam: Numbers, weights: Numbers, budget: float) -> float:
    """Returns the share of spam that lies above a threshold which at most this share of good comments reaches."""
    ham = spam == 0
    order = np.argsort(-chance[ham], kind="stable")
    ordered, reached = chance[ham][order], np.cumsum(weights[ham][order])
    beyond = np.flatnonzero(reached > budget * weights[ham].sum() + 1e-9)
    threshold = ordered[beyond[0]] if len(beyond) else -1.0
    return _share(chance > threshold, spam == 1, weights)


def calibration_error(chance: Numbers, spam: Numbers, weights: Numbers) -> float:
    """Returns the mean distance between what was said and what was so, over bins of equally many comments; fewer than
    ten bins where there are few comments, because small ones differ by chance alone."""
    order = np.argsort(chance, kind="stable")
    bins = max(1, min(_BINS, len(order) // _LEAST_IN_BIN))
    total = weights.sum()
    error = 0.0
    for part in np.array_split(order, bins):
        heavy = weights[part].sum()
        if heavy > 0:
            said = np.average(chance[part], weights=weights[part])
            error += heavy / total * abs(said - np.average(spam[part], weights=weights[part]))
    return float(error)
