"""How freely terms may be weighted: by how differently spam and ham have them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from moderation.training.leaning import leanings

# Columns: of spam only, of both alike, of ham only. Two spam, two ham.
_TERMS = sparse.csr_matrix([[0.9, 0.2, 0], [0.7, 0.7, 0], [0, 0.3, 0.8], [0, 0.5, 0.5]])
_SPAM = np.array([1.0, 1.0, 0.0, 0.0])


def test_what_tells_spam_from_ham_is_held_back_less() -> None:
    of_spam, of_both, of_ham = leanings(_TERMS, _SPAM, np.ones(4))

    assert of_spam == pytest.approx(of_ham)
    assert 0 < of_both < 1 < of_spam


def test_all_terms_together_are_held_back_as_much_as_before() -> None:
    assert np.mean(leanings(_TERMS, _SPAM, np.array([1.0, 2.0, 1.0, 5.0])) ** 2) == pytest.approx(1)


def test_it_matters_that_a_term_is_there_and_what_its_text_counts_but_not_how_much_of_it() -> None:
    counts = np.array([1.0, 1.0, 1.0, 0.0])

    assert leanings(_TERMS, _SPAM, counts) == pytest.approx(leanings(_TERMS * 3, _SPAM, counts))
    assert leanings(_TERMS, _SPAM, counts) == pytest.approx(leanings(_TERMS[:3], _SPAM[:3], counts[:3]))


def test_terms_that_tell_nothing_are_treated_alike_or_not_at_all() -> None:
    alike = sparse.csr_matrix(np.ones((4, 3)))

    assert leanings(alike, _SPAM, np.ones(4)) == pytest.approx(np.ones(3))
    assert leanings(alike[:, :0], _SPAM, np.ones(4)).shape == (0,)
