"""How freely each term may be weighted: the more, the more differently spam and ham have it.

A logistic regression holds every weight back alike. Naive Bayes says beforehand which terms tell spam from ham, and
what tells little is held back more here (Wang and Manning, "Baselines and Bigrams", 2012, who multiply the features).
It is still one weight for each term: whoever serves sees no difference.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

Numbers = np.ndarray[Any, np.dtype[np.float64]]

# How much of it follows naive Bayes; the rest is alike for all.
_SHARE = 0.5
_NOTHING = 1e-9  # a ratio that tells nothing, but for rounding


def leanings(terms: sparse.csr_matrix, spam: Numbers, counts: Numbers) -> Numbers:
    """Returns a factor above 0 for each column, 1 in the mean of their squares; 1 each where none tells anything.

    `spam` is 1 or 0 and `counts` what each row counts. Of a term, naive Bayes takes the share among all terms of spam
    and that among all terms of ham, each with one text more; the logarithm of their ratio, without its sign, decides.
    """
    present = sparse.csr_matrix((np.ones(terms.nnz), terms.indices, terms.indptr), shape=terms.shape)
    in_spam, in_ham = 1 + present.T @ (counts * spam), 1 + present.T @ (counts * (1 - spam))
    ratios = np.abs(np.log(in_spam / in_spam.sum()) - np.log(in_ham / in_ham.sum()))
    if ratios.max(initial=0.0) < _NOTHING:
        return np.ones(len(ratios))
    factors = (1 - _SHARE) * ratios.mean() + _SHARE * ratios
    return np.asarray(factors / np.sqrt(np.mean(factors**2)))
