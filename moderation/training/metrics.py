"""How good scores are, against labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np

from moderation.domain import Label

Numbers = np.ndarray[Any, np.dtype[np.float64]]

# A comment is called spam when its score is above one half.
THRESHOLD = 0.5
# Shares of ham that may be blocked, as the names of the figures write them.
FALSE_POSITIVES = ("0.001", "0.005", "0.01")
_BINS = 10


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures in [0, 1], `mcc` in [-1, 1]; None where one class is missing and a figure has no meaning.

    `recall_at_fpr`: the share of spam that is caught when so much ham at most is blocked. `ece`: the mean distance
    between score and share of spam, over ten bins of equally many comments.
    """

    n: int
    accuracy: float | None
    f1: float | None
    mcc: float | None
    auc: float | None
    recall_at_fpr: dict[str, float | None]
    brier: float | None
    ece: float | None

    def as_json(self) -> dict[str, object]:
        """Returns the figures under the names of `moderation evaluate --json`."""
        return asdict(self)


def evaluate(labels: Sequence[Label], scores: Sequence[float]) -> Metrics:
    """Compares scores, P(spam) in [0, 1], with labels. Raises ValueError when their numbers differ."""
    if len(labels) != len(scores):
        raise ValueError("There must be one score for each label.")
    spam = np.array([label is Label.SPAM for label in labels], dtype=bool)
    values = np.asarray(scores, dtype=np.float64)
    n, both = len(spam), bool(spam.any()) and not spam.all()
    return Metrics(
        n=n,
        accuracy=float(((values > THRESHOLD) == spam).mean()) if n else None,
        f1=_f1(spam, values > THRESHOLD) if spam.any() else None,
        mcc=_mcc(spam, values > THRESHOLD) if both else None,
        auc=area_under_curve(values[spam], values[~spam]) if both else None,
        recall_at_fpr={
            share: recall_at(values[spam], values[~spam], float(share)) if both else None for share in FALSE_POSITIVES
        },
        brier=float(((values - spam) ** 2).mean()) if n else None,
        ece=ece_of(spam, values) if n else None,
    )


def _f1(spam: Any, called: Any) -> float:
    return float(2 * (spam & called).sum() / (spam.sum() + called.sum()))


def _mcc(spam: Any, called: Any) -> float:
    """Matthews' correlation; 0, as is usual, when everything is called the same."""
    tp, tn = float((spam & called).sum()), float((~spam & ~called).sum())
    fp, fn = float((~spam & called).sum()), float((spam & ~called).sum())
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return (tp * tn - fp * fn) / sqrt(product) if product else 0.0


def area_under_curve(spam: Numbers, ham: Numbers) -> float:
    """The chance that a spam scores above a ham; equal scores count half."""
    ordered = np.sort(ham)
    below = np.searchsorted(ordered, spam, side="left") + np.searchsorted(ordered, spam, side="right")
    return float(below.mean() / 2 / len(ham))


def recall_at(spam: Numbers, ham: Numbers, share: float) -> float:
    """Returns the share of spam that scores above all but this share of ham."""
    allowed = int(share * len(ham) + 1e-9)
    threshold = np.sort(ham)[::-1][allowed] if allowed < len(ham) else -1.0
    return float((spam > threshold).mean())


def ece_of(spam: Any, values: Numbers) -> float:
    """Returns the mean distance between score and share of spam, over ten bins of equally many comments."""
    order = np.argsort(values, kind="stable")
    bins = [part for part in np.array_split(order, _BINS) if len(part)]
    return float(sum(len(part) * abs(values[part].mean() - spam[part].mean()) for part in bins) / len(values))
