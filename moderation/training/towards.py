"""Logistic regression that is drawn towards what was known before, instead of towards nothing.

What is fitted is a change: small where labels say little, and nothing where they say nothing. scikit-learn has no such
prior; with the known part as an offset it is an ordinary problem, convex and solved by Newton steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg
from scipy.special import expit
from threadpoolctl import threadpool_limits

Numbers = np.ndarray[Any, np.dtype[np.float64]]

_STEPS = 40
_SMALL_GAIN = 1e-9  # of what is minimised, as a share
_PRECISION_OF_STEP = 1e-4
_ROWS_AT_ONCE = 5_000


class Columns:
    """A matrix of sparse columns and, behind them, of some dense ones. It is multiplied as it lies there: for many
    labels each copy would be hundreds of megabytes."""

    def __init__(self, terms: sparse.csr_matrix, beside: Numbers) -> None:
        self._terms = terms
        self._turned = terms.T  # the same numbers, read the other way
        self._beside = beside

    @property
    def count(self) -> int:
        """How many columns there are."""
        return int(self._terms.shape[1] + self._beside.shape[1])

    def times(self, values: Numbers) -> Numbers:
        """Returns the matrix times a value for each column."""
        border = self._terms.shape[1]
        return np.asarray(self._terms @ values[:border] + self._beside @ values[border:])

    def turned_times(self, values: Numbers) -> Numbers:
        """Returns the transposed matrix times a value for each row."""
        return np.append(self._turned @ values, self._beside.T @ values)

    def squares_turned_times(self, values: Numbers) -> Numbers:
        """The same with all numbers squared."""
        found = np.zeros(self._terms.shape[1])
        for begin in range(0, len(values), _ROWS_AT_ONCE):
            part = self._terms[begin : begin + _ROWS_AT_ONCE]
            part.data **= 2
            found += part.T @ values[begin : begin + _ROWS_AT_ONCE]
        return np.append(found, (self._beside**2).T @ values)


def fitted_change(columns: Columns, spam: Numbers, costs: Numbers, offset: Numbers) -> Numbers:
    """Returns the change w that minimises |w|^2 / 2 + sum(costs * log loss of `offset + columns @ w`)."""
    # In one thread: between so short vectors, several wait for each other longer than they compute.
    with threadpool_limits(limits=1, user_api="blas"):
        return _fitted(columns, spam, costs, offset)


def _fitted(columns: Columns, spam: Numbers, costs: Numbers, offset: Numbers) -> Numbers:
    change = np.zeros(columns.count)
    value = _value(columns, spam, costs, offset, change)
    for _ in range(_STEPS):
        chance = expit(offset + columns.times(change))
        gradient = change + columns.turned_times(costs * (chance - spam))
        step = _newton_step(columns, costs * chance * (1 - chance), gradient)
        length = 1.0
        # Far from the end a whole step can lead too far.
        while (after := _value(columns, spam, costs, offset, change - length * step)) > value and length > 1e-4:
            length /= 2
        if value - after <= _SMALL_GAIN * abs(value):
            return change
        change, value = change - length * step, after
    return change


def _value(columns: Columns, spam: Numbers, costs: Numbers, offset: Numbers, change: Numbers) -> float:
    logits = offset + columns.times(change)
    return float(change @ change / 2 + costs @ (np.logaddexp(0, logits) - spam * logits))


def _newton_step(columns: Columns, curvature: Numbers, gradient: Numbers) -> Numbers:
    diagonal = 1 + columns.squares_turned_times(curvature)

    def hessian(direction: Numbers) -> Numbers:
        return np.asarray(direction + columns.turned_times(curvature * columns.times(direction)))

    size = (len(gradient), len(gradient))
    solve = LinearOperator(size, matvec=hessian, dtype=np.float64)
    nearly_inverse = LinearOperator(size, matvec=lambda v: v / diagonal, dtype=np.float64)
    step, _ = cg(solve, gradient, rtol=_PRECISION_OF_STEP, maxiter=200, M=nearly_inverse)
    return np.asarray(step)
