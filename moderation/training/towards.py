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

Numbers = np.ndarray[Any, np.dtype[np.float64]]

_STEPS = 40
_SMALL_GAIN = 1e-9  # of what is minimised, as a share
_PRECISION_OF_STEP = 1e-4


def fitted_change(matrix: sparse.csr_matrix, spam: Numbers, costs: Numbers, offset: Numbers) -> Numbers:
    """Returns the change w that minimises |w|^2 / 2 + sum(costs * log loss of `offset + matrix @ w`)."""
    transposed = matrix.T.tocsr()
    squared = matrix.multiply(matrix).T.tocsr()
    change = np.zeros(matrix.shape[1])
    value = _value(matrix, spam, costs, offset, change)
    for _ in range(_STEPS):
        chance = expit(offset + matrix @ change)
        gradient = change + transposed @ (costs * (chance - spam))
        step = _newton_step(matrix, transposed, squared, costs * chance * (1 - chance), gradient)
        length = 1.0
        # Far from the end a whole step can lead too far.
        while (after := _value(matrix, spam, costs, offset, change - length * step)) > value and length > 1e-4:
            length /= 2
        if value - after <= _SMALL_GAIN * abs(value):
            return change
        change, value = change - length * step, after
    return change


def _value(matrix: sparse.csr_matrix, spam: Numbers, costs: Numbers, offset: Numbers, change: Numbers) -> float:
    logits = offset + matrix @ change
    return float(change @ change / 2 + costs @ (np.logaddexp(0, logits) - spam * logits))


def _newton_step(
    matrix: sparse.csr_matrix,
    transposed: sparse.csr_matrix,
    squared: sparse.csr_matrix,
    curvature: Numbers,
    gradient: Numbers,
) -> Numbers:
    diagonal = 1 + squared @ curvature

    def hessian(direction: Numbers) -> Numbers:
        return np.asarray(direction + transposed @ (curvature * (matrix @ direction)))

    size = (len(gradient), len(gradient))
    solve = LinearOperator(size, matvec=hessian, dtype=np.float64)
    nearly_inverse = LinearOperator(size, matvec=lambda v: v / diagonal, dtype=np.float64)
    step, _ = cg(solve, gradient, rtol=_PRECISION_OF_STEP, maxiter=200, M=nearly_inverse)
    return np.asarray(step)
