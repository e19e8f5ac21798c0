"""The three blocks of features as scikit-learn transformers. They take readings (`scoring.reading`), not texts.

Words and pairs, and parts of words, are present or absent; what is present counts by how rare it is (idf), and each
block of a text is brought to length one. For parts, the length is taken over the words of the text: the squares of each
distinct word's parts are added up. So the sum over a text is a sum over its words, which serving can remember.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

from moderation.scoring.about import about
from moderation.scoring.grams import grams, pairs
from moderation.scoring.learned import ABOUT_LIMIT
from moderation.scoring.reading import Reading, read

Numbers = np.ndarray[Any, np.dtype[np.float64]]


def half(values: Numbers) -> Numbers:
    """Rounds to half precision, as the artifact stores it, and computes on in double precision."""
    return values.astype(np.float16).astype(np.float64)


def single(values: Numbers) -> Numbers:
    """Rounds to single precision: what differs between processors is gone, and computes on in double precision."""
    return values.astype(np.float32).astype(np.float64)


def words_and_pairs(reading: Reading) -> list[str]:
    """Returns the distinct words of a reading and its distinct pairs, each as two words with a space between."""
    return [*dict.fromkeys(reading.tokens), *map(" ".join, pairs(reading.tokens))]


def parts(reading: Reading) -> set[str]:
    """Returns the distinct parts of the words of a reading."""
    return set(chain.from_iterable(map(grams, set(reading.tokens))))


def _binary(rows: Sequence[Sequence[int]], columns: int) -> sparse.csr_matrix:
    ends = np.cumsum([0, *map(len, rows)])
    indices = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=int(ends[-1]))
    return sparse.csr_matrix((np.ones(len(indices)), indices, ends), shape=(len(rows), columns))


def _squares(matrix: sparse.csr_matrix) -> Numbers:
    return np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()


def _to_length_one(matrix: sparse.csr_matrix, squares: Numbers) -> sparse.csr_matrix:
    """Divides each row by the root of its sum of squares; empty rows stay empty."""
    factors = np.divide(1.0, np.sqrt(squares), out=np.zeros_like(squares), where=squares > 0)
    return sparse.csr_matrix(sparse.diags(factors) @ matrix)


class ReadTexts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts become readings; nothing is learned."""

    def fit(self, X: Sequence[str], y: object = None) -> Self:  # noqa: N803
        """Learns nothing."""
        return self

    def transform(self, X: Sequence[str]) -> list[Reading]:  # noqa: N803
        """Reads each text."""
        return [read(text) for text in X]

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _TermBlock(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Terms that enough texts have. Learned: `terms_` in order, `idf_`, `vocabulary_` (the columns)."""

    def _learn(self, X: Sequence[Reading], y: Sequence[int], terms: Callable[[Reading], Iterable[str]]) -> Counter[str]:  # noqa: N803
        every: Counter[str] = Counter()
        spam: Counter[str] = Counter()
        for reading, is_spam in zip(X, y, strict=True):
            found = list(terms(reading))
            every.update(found)
            if is_spam:
                spam.update(found)
        self.terms_ = sorted(term for term, count in every.items() if self._is_kept(term, count, spam[term]))
        counts = np.array([every[term] for term in self.terms_], dtype=np.float64)
        self.idf_ = half(np.log((1 + len(X)) / (1 + counts)) + 1)
        self.vocabulary_ = {term: column for column, term in enumerate(self.terms_)}
        return every

    def _is_kept(self, term: str, count: int, spam: int) -> bool:
        raise NotImplementedError


class WordBlock(_TermBlock):
    """Words and pairs of neighbours that some spam has, or many texts.

    What is rare and only in ham teaches nothing that the lack of spam would not: it is left out.
    """

    def __init__(self, in_spam: int = 3, in_all: int = 12, pairs_in_spam: int = 4, pairs_in_all: int = 60) -> None:
        self.in_spam = in_spam
        self.in_all = in_all
        self.pairs_in_spam = pairs_in_spam
        self.pairs_in_all = pairs_in_all

    def fit(self, X: Sequence[Reading], y: Sequence[int]) -> Self:  # noqa: N803
        """Counts in how many readings each term is; y is 1 for spam."""
        self._learn(X, y, words_and_pairs)
        return self

    def _is_kept(self, term: str, count: int, spam: int) -> bool:
        if " " in term:
            return spam >= self.pairs_in_spam or count >= self.pairs_in_all
        return spam >= self.in_spam or count >= self.in_all

    def transform(self, X: Sequence[Reading]) -> sparse.csr_matrix:  # noqa: N803
        """Returns one row of length one (or none) for each reading."""
        column = self.vocabulary_
        rows = [[column[term] for term in words_and_pairs(reading) if term in column] for reading in X]
        matrix = _binary(rows, len(column)) @ sparse.diags(self.idf_)
        return _to_length_one(matrix, _squares(matrix))


class PartBlock(_TermBlock):
    """Runs of 2 to 5 characters inside words that some spam has, or many texts."""

    def __init__(self, in_spam: int = 5, in_all: int = 120) -> None:
        self.in_spam = in_spam
        self.in_all = in_all

    def fit(self, X: Sequence[Reading], y: Sequence[int]) -> Self:  # noqa: N803
        """Counts in how many readings each part is; y is 1 for spam."""
        self._learn(X, y, parts)
        return self

    def _is_kept(self, term: str, count: int, spam: int) -> bool:
        return spam >= self.in_spam or count >= self.in_all

    def transform(self, X: Sequence[Reading]) -> sparse.csr_matrix:  # noqa: N803
        """Returns one row for each reading, of length one or a little more, because words share parts."""
        column = self.vocabulary_
        row_of = {word: row for row, word in enumerate(dict.fromkeys(chain.from_iterable(r.tokens for r in X)))}
        of_words = _binary(
            [[column[gram] for gram in dict.fromkeys(grams(word)) if gram in column] for word in row_of], len(column)
        )
        of_words = of_words @ sparse.diags(self.idf_)
        of_texts = _binary([[row_of[word] for word in dict.fromkeys(r.tokens)] for r in X], len(row_of))
        return _to_length_one(of_texts @ of_words, of_texts @ _squares(of_words))


class AboutBlock(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The hand-made features, brought to mean 0 and deviation 1, limited, and given a small weight."""

    def __init__(self, weight: float = 0.3) -> None:
        self.weight = weight

    def fit(self, X: Sequence[Reading], y: object = None) -> Self:  # noqa: N803
        """Learns `mean_` and `factor_`, one over the deviation; a feature that never changes counts nothing."""
        values = np.array([about(reading) for reading in X])
        self.mean_ = single(values.mean(axis=0))
        deviation = values.std(axis=0)
        self.factor_ = single(np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-9))
        return self

    def transform(self, X: Sequence[Reading]) -> sparse.csr_matrix:  # noqa: N803
        """Returns one row of `len(about.NAMES)` values for each reading."""
        values = (np.array([about(reading) for reading in X]) - self.mean_) * self.factor_
        return sparse.csr_matrix(np.clip(values, -ABOUT_LIMIT, ABOUT_LIMIT) * self.weight)
