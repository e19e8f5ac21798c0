"""The last digits of a fitted logistic regression, so that rounding gives the same on every processor.

liblinear stops where the value of what it minimises changes no more, and linear algebra differs in its last digits
between kinds of processors: on the shipped data, weights then differ by 6e-6, and some are rounded to another number.
A few Newton steps from there go by the gradient, which can still be told apart, and end within 1e-10 of each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg
from scipy.special import expit

Numbers = np.ndarray[Any, np.dtype[np.float64]]

_STEPS = 6
_SMALL_STEP = 1e-5  # the next one would be a million times smaller: Newton steps shrink with their square
# A step need not be exact, the next one mends it.
_PRECISION_OF_STEP = 1e-5


def sharpened(matrix: sparse.csr_matrix, spam: Numbers, costs: Numbers, weights: Numbers) -> Numbers:
    """Returns the weights at the minimum of |weights|^2 / 2 + sum(costs * log loss), from weights close to it.

    One row of `matrix` for each text; the last column is the one of the intercept, which liblinear holds back like
    the others. `spam` is 1 or 0, `costs` is C times what the text counts.
    """
    transposed = matrix.T.tocsr()
    squared = transposed.multiply(transposed).tocsr()
    for _ in range(_STEPS):
        chance = expit(matrix @ weights)
        gradient = weights + transposed @ (costs * (chance - spam))
        curvature = costs * chance * (1 - chance)
        step = _newton_step(matrix, transposed, curvature, gradient, 1 + squared @ curvature)
        weights = weights - step
        if np.abs(step).max() < _SMALL_STEP:
            break
    return weights


def _newton_step(
    matrix: sparse.csr_matrix, transposed: sparse.csr_matrix, curvature: Numbers, gradient: Numbers, diagonal: Numbers
) -> Numbers:
    def hessian(direction: Numbers) -> Numbers:
        return np.asarray(direction + transposed @ (curvature * (matrix @ direction)))

    size = (len(gradient), len(gradient))
    solve = LinearOperator(size, matvec=hessian, dtype=np.float64)
    nearly_inverse = LinearOperator(size, matvec=lambda v: v / diagonal, dtype=np.float64)
    step, _ = cg(solve, gradient, rtol=_PRECISION_OF_STEP, maxiter=2000, M=nearly_inverse)
    return np.asarray(step)
