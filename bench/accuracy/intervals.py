"""How far a figure may be from the truth for so few comments: 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from moderation.domain import Label
from moderation.training.metrics import evaluate, recall_at

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Pair = tuple[Numbers, Numbers]  # scores of spam, scores of ham
_DRAWS = 400
_SIGMAS = 1.959964


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval, and from how many comments it is; of shares of spam, how many are spam."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"

    @property
    def percent(self) -> str:
        """The same for small shares."""
        return f"{self.value:.2%} ({self.low:.2%}–{self.high:.2%})"


def share(hits: Any) -> Figure:
    """Returns the share of true values, with Wilson's interval. There must be some."""
    n, p = len(hits), float(np.mean(hits))
    spread = _SIGMAS**2 / n
    middle = (p + spread / 2) / (1 + spread)
    half = _SIGMAS * sqrt(p * (1 - p) / n + spread / (4 * n)) / (1 + spread)
    return Figure(p, max(0.0, middle - half), min(1.0, middle + half), n)


def drawn(pairs: Sequence[Pair], figure: Callable[[Sequence[Pair]], float]) -> Figure:
    """Returns a figure of the scores of spam and ham, a pair for each fold, with the interval of the bootstrap: spam
    and ham of each fold are drawn again, each from its own."""
    (found,) = _drawn_together(pairs, lambda drawn_pairs: [figure(drawn_pairs)])
    return found


def _drawn_together(pairs: Sequence[Pair], figures: Callable[[Sequence[Pair]], Sequence[float]]) -> list[Figure]:
    random = np.random.default_rng(0)
    values = [
        figures([(random.choice(spam, len(spam)), random.choice(ham, len(ham))) for spam, ham in pairs])
        for _ in range(_DRAWS)
    ]
    n = sum(len(spam) for spam, _ in pairs)
    ends = [np.quantile(of_one, [0.025, 0.975]) for of_one in zip(*values, strict=True)]
    return [Figure(value, float(low), float(high), n) for value, (low, high) in zip(figures(pairs), ends, strict=True)]


def recall(pairs: Sequence[Pair], blocked: float) -> Figure:
    """Returns the share of spam that is caught when this share of the ham of its own fold is blocked at most."""

    def figure(drawn_pairs: Sequence[Pair]) -> float:
        caught = [recall_at(spam, ham, blocked) * len(spam) for spam, ham in drawn_pairs]
        return sum(caught) / sum(len(spam) for spam, _ in drawn_pairs)

    return drawn(pairs, figure)


def metrics(names: Sequence[str], pair: Pair) -> dict[str, Figure]:
    """Returns these figures of `Metrics`, all of them of the same draws."""

    def figures(drawn_pairs: Sequence[Pair]) -> list[float]:
        ((spam, ham),) = drawn_pairs
        labels = [Label.SPAM] * len(spam) + [Label.HAM] * len(ham)
        found = evaluate(labels, [*spam.tolist(), *ham.tolist()])
        return [float(getattr(found, name) or 0.0) for name in names]

    return dict(zip(names, _drawn_together([pair], figures), strict=True))
