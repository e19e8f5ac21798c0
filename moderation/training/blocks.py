"""The three blocks of features as scikit-learn transformers. They take passages, not texts.

Words and pairs, and parts of words, are present or absent; what is present counts by how rare it is (idf), and each
block of a text is brought to length one. For parts, the length is taken over the words of the text: the squares of each
distinct word's parts are added up. So the sum over a text is a sum over its words, which serving can remember.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Sized
from itertools import chain, groupby, pairwise
from typing import Any, NamedTuple, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

from moderation.scoring.about import NAMES, about
from moderation.scoring.grams import distinct_grams
from moderation.scoring.learned import ABOUT_LIMIT
from moderation.scoring.listed import count_listed, lanes_of
from moderation.scoring.reading import Reading
from moderation.training.word_parts import parts_of_words

Numbers = np.ndarray[Any, np.dtype[np.float64]]

# Texts; of fewer, a term needs less spam to be kept.
_FEW = 8_000
# Their products take some tens of megabytes.
_ROWS_AT_ONCE = 4_096


def half(values: Numbers) -> Numbers:
    """Rounds to half precision, as the artifact stores it, and computes on in double precision."""
    return values.astype(np.float16).astype(np.float64)


def single(values: Numbers) -> Numbers:
    """Rounds to single precision: what differs between processors is gone, and computes on in double precision."""
    return values.astype(np.float32).astype(np.float64)


class Passage(NamedTuple):
    """What is judged at once: a whole text, in which each word and pair counts once and which has hand-made features;
    or some of its words on their own, as often as they stand there, and without such features."""

    words: Sequence[str]
    pairs: Sequence[tuple[str, str]]
    about: tuple[float, ...] | None
    origin: int = 0  # neighbours of one origin are copies of one text


def whole_passage(reading: Reading, listed: frozenset[int], origin: int = 0) -> Passage:
    """Returns a whole text; `listed` are the phrases of `scoring.listed`."""
    found = count_listed([lanes_of(token) for token in reading.tokens], listed)
    words, pairs = [*dict.fromkeys(reading.tokens)], [*dict.fromkeys(pairwise(reading.tokens))]
    return Passage(words, pairs, about(reading, found), origin)


def bare_passage(tokens: Sequence[str]) -> Passage:
    """Returns some words that are judged on their own."""
    return Passage(tokens, [*pairwise(tokens)], None)


def words_and_pairs(passage: Passage) -> list[str]:
    """Returns the words of a passage and its pairs, each as two words with a space between."""
    return [*passage.words, *map(" ".join, passage.pairs)]


def parts(passage: Passage) -> set[str]:
    """Returns the distinct parts of the words of a passage."""
    return set(chain.from_iterable(map(distinct_grams, set(passage.words))))


def _counts(rows: Sequence[Sequence[int]], columns: Sized) -> sparse.csr_matrix:
    """Returns how often each column stands in each row."""
    ends = np.cumsum([0, *map(len, rows)])
    indices = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=int(ends[-1]))
    matrix = sparse.csr_matrix((np.ones(len(indices)), indices, ends), shape=(len(rows), len(columns)))
    matrix.sum_duplicates()
    return matrix


def _rows_with_each(rows: sparse.csr_matrix, of_each: sparse.csr_matrix) -> Numbers:
    """Returns in how many rows of the product each column is not 0. Nothing may be negative."""
    found = np.zeros(of_each.shape[1], dtype=np.int64)
    for begin in range(0, rows.shape[0], _ROWS_AT_ONCE):
        product = rows[begin : begin + _ROWS_AT_ONCE] @ of_each
        found += np.bincount(product.indices, minlength=len(found))
    return found


def _squares(matrix: sparse.csr_matrix) -> Numbers:
    return np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()


def _to_length_one(matrix: sparse.csr_matrix, squares: Numbers) -> sparse.csr_matrix:
    """Divides each row by the root of its sum of squares; empty rows stay empty."""
    factors = np.divide(1.0, np.sqrt(squares), out=np.zeros_like(squares), where=squares > 0)
    return sparse.csr_matrix(sparse.diags(factors) @ matrix)


class _Origin(NamedTuple):
    """The whole texts that are copies of one."""

    copies: Sequence[Passage]
    is_spam: bool


def _origins(X: Sequence[Passage], y: Sequence[int]) -> list[_Origin]:  # noqa: N803
    wholes = [(passage, is_spam) for passage, is_spam in zip(X, y, strict=True) if passage.about is not None]
    groups = (list(copies) for _, copies in groupby(wholes, key=lambda whole: whole[0].origin))
    return [_Origin([passage for passage, _ in copies], bool(copies[0][1])) for copies in groups]


class _TermBlock(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Terms that enough texts have, each counted once for all copies of a text: what stands in one text only could be
    about a person. Learned: `terms_` in order, `idf_`, `vocabulary_` (the columns)."""

    def _keep(self, counts: Mapping[str, int], *, origins: int) -> None:
        """Keeps these terms, each of which so many of all origins have."""
        self.terms_ = sorted(counts)
        having = np.array([counts[term] for term in self.terms_], dtype=np.float64)
        self.idf_ = half(np.log((1 + origins) / (1 + having)) + 1)
        self.vocabulary_ = {term: column for column, term in enumerate(self.terms_)}


def _of_few(in_spam: int, origins: int) -> int:
    """Returns how much spam must have a term. Of few texts, two thirds of the number: in a small collection little is
    said twice."""
    return round(in_spam * (2 / 3 if origins < _FEW else 1.0))


class WordBlock(_TermBlock):
    """Words and pairs of neighbours that some spam has, or many texts.

    What is rare and only in ham teaches nothing that the lack of spam would not: it is left out.
    """

    def __init__(self, in_spam: int = 3, in_all: int = 12, pairs_in_spam: int = 4, pairs_in_all: int = 60) -> None:
        self.in_spam = in_spam
        self.in_all = in_all
        self.pairs_in_spam = pairs_in_spam
        self.pairs_in_all = pairs_in_all

    def fit(self, X: Sequence[Passage], y: Sequence[int]) -> Self:  # noqa: N803
        """Counts in how many whole texts each term is; y is 1 for spam."""
        origins = _origins(X, y)
        every: Counter[str] = Counter()
        spam: Counter[str] = Counter()
        for copies, is_spam in origins:
            found = set(chain.from_iterable(map(words_and_pairs, copies)))
            every.update(found)
            if is_spam:
                spam.update(found)
        in_spam, pairs_in_spam = _of_few(self.in_spam, len(origins)), _of_few(self.pairs_in_spam, len(origins))

        def is_kept(term: str, count: int) -> bool:
            if " " in term:
                return spam.get(term, 0) >= pairs_in_spam or count >= self.pairs_in_all
            return spam.get(term, 0) >= in_spam or count >= self.in_all

        kept = {term: count for term, count in every.items() if is_kept(term, count)}
        self._keep(kept, origins=len(origins))
        return self

    def transform(self, X: Sequence[Passage]) -> sparse.csr_matrix:  # noqa: N803
        """Returns one row of length one (or none) for each passage."""
        column = self.vocabulary_
        rows = [[column[term] for term in words_and_pairs(passage) if term in column] for passage in X]
        counts = _counts(rows, column)
        return _to_length_one(counts @ sparse.diags(self.idf_), counts @ self.idf_**2)


class PartBlock(_TermBlock):
    """Runs of 2 to 5 characters inside words that some spam has, or many texts."""

    def __init__(self, in_spam: int = 5, in_all: int = 120) -> None:
        self.in_spam = in_spam
        self.in_all = in_all

    def fit(self, X: Sequence[Passage], y: Sequence[int]) -> Self:  # noqa: N803
        """Counts in how many whole texts each part is; y is 1 for spam."""
        self._learn(_worded(X), X, y)
        return self

    def fit_transform(self, X: Sequence[Passage], y: Sequence[int]) -> sparse.csr_matrix:  # noqa: N803
        """Does both, and looks for the parts of all words once."""
        worded = _worded(X)
        self._learn(worded, X, y)
        return self._rows(worded)

    def transform(self, X: Sequence[Passage]) -> sparse.csr_matrix:  # noqa: N803
        """Returns one row for each passage, of length one or a little more, because words share parts."""
        return self._rows(_worded(X))

    def _learn(self, worded: _Worded, X: Sequence[Passage], y: Sequence[int]) -> None:  # noqa: N803
        wholes = np.flatnonzero([passage.about is not None for passage in X])
        is_first = np.diff([X[whole].origin for whole in wholes.tolist()], prepend=-1) != 0
        gathered = sparse.csr_matrix(
            (np.ones(len(wholes)), (np.cumsum(is_first) - 1, wholes)), shape=(is_first.sum(), len(X))
        )
        of_origins, is_spam = gathered @ worded.texts, np.asarray(y, dtype=bool)[wholes[is_first]]
        spam = _rows_with_each(of_origins[is_spam], worded.parts)
        every = spam + _rows_with_each(of_origins[~is_spam], worded.parts)
        kept = np.flatnonzero((spam >= _of_few(self.in_spam, len(is_spam))) | (every >= self.in_all))
        self._keep({worded.names[part]: int(every[part]) for part in kept.tolist()}, origins=len(is_spam))

    def _rows(self, worded: _Worded) -> sparse.csr_matrix:
        column = np.array([self.vocabulary_.get(name, -1) for name in worded.names], dtype=np.int64)
        known = np.flatnonzero(column >= 0)
        chosen = sparse.csr_matrix(
            (np.ones(len(known)), (known, column[known])), shape=(len(column), len(self.vocabulary_))
        )
        of_words = worded.parts @ chosen
        of_words.sort_indices()
        of_words = of_words @ sparse.diags(self.idf_)
        return _to_length_one(worded.texts @ of_words, worded.texts @ _squares(of_words))


class _Worded(NamedTuple):
    """Passages by their words, and the words by their parts: texts have ten times as many parts as words, and share
    their words."""

    texts: sparse.csr_matrix
    parts: sparse.csr_matrix
    names: Sequence[str]


def _worded(X: Sequence[Passage]) -> _Worded:  # noqa: N803
    row_of: dict[str, int] = {}
    texts = _counts([[row_of.setdefault(w, len(row_of)) for w in passage.words] for passage in X], row_of)
    return _Worded(texts, *parts_of_words([*row_of]))


# What the artifact has a place for and nothing is learned of: the script of a language is no sign of spam.
_NOT_LEARNED = ("letters of other scripts",)


class AboutBlock(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The hand-made features, brought to mean 0 and deviation 1, limited, and given a small weight.

    They are about whole texts; a passage on its own has the mean of all, which is 0.
    """

    def __init__(self, weight: float = 0.3) -> None:
        self.weight = weight

    def fit(self, X: Sequence[Passage], y: object = None) -> Self:  # noqa: N803
        """Learns `mean_` and `factor_`, one over the deviation; a feature that never changes counts nothing."""
        values = np.array([passage.about for passage in X if passage.about is not None])
        self.mean_ = single(values.mean(axis=0))
        deviation = values.std(axis=0)
        self.factor_ = single(np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-9))
        self.factor_[[NAMES.index(name) for name in _NOT_LEARNED]] = 0.0
        return self

    def transform(self, X: Sequence[Passage]) -> sparse.csr_matrix:  # noqa: N803
        """Returns one row of `len(about.NAMES)` values for each passage."""
        mean = tuple(self.mean_)
        values = (np.array([mean if p.about is None else p.about for p in X]) - self.mean_) * self.factor_
        return sparse.csr_matrix(np.clip(values, -ABOUT_LIMIT, ABOUT_LIMIT) * self.weight)
