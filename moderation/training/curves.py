"""Curves of a classifier on comments it has not seen, as a few points each, to be drawn on a page."""

from __future__ import annotations

from typing import Any

import numpy as np

from moderation.training.shares import Numbers

_POINTS = 40
_BINS = 10


def precision_recall(chance: Numbers, spam: Numbers, weights: Numbers) -> list[list[float]]:
    """Returns points (recall, precision) from the highest threshold to the lowest."""
    order = np.argsort(-chance, kind="stable")
    right = np.cumsum(weights[order] * spam[order])
    called = np.cumsum(weights[order])
    whole = float(right[-1]) if len(right) else 0.0
    if whole <= 0:
        return []
    # Comments with equal chances are called together.
    ends = np.flatnonzero(np.append(np.diff(chance[order]) != 0, True))
    ends = ends[np.unique(np.linspace(0, len(ends) - 1, min(_POINTS, len(ends))).round().astype(int))]
    return [[round(float(right[i] / whole), 4), round(float(right[i] / called[i]), 4)] for i in ends]


def reliability(chance: Numbers, spam: Numbers, weights: Numbers) -> list[list[float]]:
    """Returns points (what was said, what was so, how many) over bins of equally many comments."""
    order = np.argsort(chance, kind="stable")
    points = []
    for part in np.array_split(order, min(_BINS, len(order))) if len(order) else []:
        heavy: Any = weights[part]
        if heavy.sum() > 0:
            said, so = np.average(chance[part], weights=heavy), np.average(spam[part], weights=heavy)
            points.append([round(float(said), 4), round(float(so), 4), len(part)])
    return points
