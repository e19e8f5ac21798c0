"""What logits mean on a site is learned from labels that the classifier has not seen.

Few labels can tell two numbers: how sure the site's spam is, and how common. Many can tell a whole line.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from moderation.scoring.calibration import Bends, Calibration

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Parts = np.ndarray[Any, np.dtype[Any]]  # the number of the part in which each comment is left out

# Below so many labels the line is straight.
ENOUGH_FOR_A_LINE = 300
# Of the slope around 1, for a straight line.
SLOPE_DEVIATION = 0.3
_REACH = 30.0  # logits; no comment comes near
_STEPS = 12
_LEAST_RISE = 1e-3  # between two bends, in logits: comments keep their order


def calibration_of(logits: Numbers, spam: Numbers, weights: Numbers) -> Bends:
    """Returns the bends for logits of comments that were not learned from; `spam` is 1 or 0. None without both."""
    if not 0 < spam @ weights < weights.sum():
        return ()
    return _bent(logits, spam, weights) if len(logits) >= ENOUGH_FOR_A_LINE else _straight(logits, spam, weights)


def calibrated(logits: Numbers, bends: Bends) -> Numbers:
    """Returns what logits mean by these bends."""
    if not bends:
        return logits
    calibration = Calibration(bends)
    return np.array([calibration(float(value)) for value in logits])


def judged_unseen(logits: Numbers, spam: Numbers, weights: Numbers, home: Parts) -> Numbers:
    """Returns what logits mean by bends that are made of the other parts; `home` is the part of each comment.

    Judged by what they were made of, bends look better than they are."""
    meant = np.array(logits)
    for part in np.unique(home):
        outside = home == part
        bends = calibration_of(logits[~outside], spam[~outside], weights[~outside])
        meant[outside] = calibrated(logits[outside], bends)
    return meant


def _straight(logits: Numbers, spam: Numbers, weights: Numbers) -> Bends:
    """Platt's line, its slope drawn to 1, and not quite certain of what it has seen."""
    of_spam, of_ham = float(spam @ weights), float((1 - spam) @ weights)
    targets = np.where(spam == 1, (of_spam + 1) / (of_spam + 2), 1 / (of_ham + 2))

    def cost(line: Numbers) -> tuple[float, Numbers]:
        slope, shift = line
        meant = slope * logits + shift
        wrong = weights * (expit(meant) - targets)
        value = weights @ (np.logaddexp(0, meant) - targets * meant) + ((slope - 1) / SLOPE_DEVIATION) ** 2 / 2
        return float(value), np.array([wrong @ logits + (slope - 1) / SLOPE_DEVIATION**2, wrong.sum()])

    slope, shift = minimize(cost, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.05, 5), (-20, 20)]).x
    return tuple((end, float(slope * end + shift)) for end in (-_REACH, _REACH))


def _bent(logits: Numbers, spam: Numbers, weights: Numbers) -> Bends:
    """A rising line through the shares of spam in groups of equally many comments."""
    rising = IsotonicRegression(y_min=0.0, y_max=1.0).fit(logits, spam, sample_weight=weights)
    order = np.argsort(logits, kind="stable")
    bends: list[tuple[float, float]] = []
    for group in np.array_split(order, _STEPS):
        heavy = float(weights[group].sum())
        if heavy <= 0:
            continue
        begin = float(np.average(logits[group], weights=weights[group]))
        share = float(np.average(rising.predict(logits[group]), weights=weights[group]))
        # Half a comment of each kind more than was seen: no group of comments is ever quite certain.
        end = float(logit((share * heavy + 0.5) / (heavy + 1)))
        if bends and begin <= bends[-1][0]:
            continue
        bends.append((begin, max(end, bends[-1][1] + _LEAST_RISE) if bends else end))
    return tuple(bends)
