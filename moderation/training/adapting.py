"""A classifier is adapted to a site: it stays what it is where the site's labels say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from moderation.domain import Label
from moderation.scoring.learned import Learned
from moderation.training.blocks import Numbers, half, single
from moderation.training.dataset import Example, make_dataset
from moderation.training.labels import Lesson
from moderation.training.opening import opened
from moderation.training.pipeline import PassageClassifier, fit
from moderation.training.rows import rows_of
from moderation.training.spreading import spread
from moderation.training.terms import add_terms, new_terms
from moderation.training.towards import Columns, fitted_change

# How far they may raise or lower all that was known at once, as a standard deviation. Known spam of other places says
# little about a site in another language.
SCALE = 2.0
# Of the intercept, in logits: a site may have ten times as much spam as another.
SHIFT = 2.0


class Recipe(StrEnum):
    """How a candidate is made."""

    KEPT = "kept"  # the classifier as it was
    ADAPTED = "adapted"  # its weights, changed by the site's labels
    FREER = "freer"  # the same, held back less
    ALONE = "alone"  # the site's labels only


# How far labels may move a weight: the larger, the less they are held back. Where spam is of a kind that the classifier
# hardly knows, fifty labels tell more than it does.
STRENGTHS = {Recipe.ADAPTED: 10.0, Recipe.FREER: 50.0}


def fit_recipe(recipe: Recipe, base: Learned, lessons: Sequence[Lesson]) -> PassageClassifier:
    """Returns a classifier that has learned from these lessons; its weights are rounded as an artifact rounds them."""
    if recipe is Recipe.KEPT:
        return opened(base)
    return alone(lessons) if recipe is Recipe.ALONE else adapted(base, lessons, strength=STRENGTHS[recipe])


def adapted(
    base: Learned, lessons: Sequence[Lesson], *, strength: float = STRENGTHS[Recipe.ADAPTED]
) -> PassageClassifier:
    """Returns `base`, drawn towards the labels."""
    classifier = opened(base)
    pipeline = classifier.pipeline_
    add_terms(pipeline, new_terms(base, lessons), texts=len(lessons))
    logistic = pipeline.named_steps["logistic"]
    rows = _joined(spread(partial(_rows, base, pipeline[:-1]), lessons))
    known, begin = logistic.coef_[0], float(logistic.intercept_[0])
    known_logits = rows.features @ known
    used = _used(rows.features)
    scale, shift = SCALE / np.sqrt(strength), SHIFT / np.sqrt(strength)
    beside = np.column_stack([known_logits * scale, np.full(len(rows.lesson), shift)])
    change = fitted_change(
        Columns(_only(rows.features, used), beside),
        np.array([lesson.is_spam for lesson in lessons], dtype=np.float64)[rows.lesson],
        strength * rows.weight,
        known_logits + begin - rows.penalty,
    )
    weights = known * (1 + change[-2] * scale)
    weights[used] += change[:-2]
    of_about = len(base.about.mean)
    logistic.coef_ = np.append(half(weights[:-of_about]), single(weights[-of_about:]))[np.newaxis]
    logistic.intercept_ = single(np.array([begin + change[-1] * shift]))
    return classifier


class _Rows(NamedTuple):
    """What is fitted: the features of each row, which lesson it is of, what it counts, and what its logit loses."""

    features: sparse.csr_matrix
    lesson: np.ndarray[Any, np.dtype[np.int64]]
    weight: Numbers
    penalty: Numbers


def _rows(base: Learned, blocks: Any, first: int, lessons: Sequence[Lesson]) -> _Rows:
    """Returns the rows of some lessons, of which `first` is the number of the first one; their texts stay behind."""
    rows = [*rows_of(lessons, base)]
    features = sparse.csr_matrix(blocks.transform([row.passage for row in rows]))
    features.indices, features.indptr = features.indices.astype(np.int32), features.indptr.astype(np.int32)
    return _Rows(
        features,
        np.array([row.lesson + first for row in rows], dtype=np.int64),
        np.array([row.weight for row in rows], dtype=np.float64),
        np.array([row.penalty for row in rows], dtype=np.float64),
    )


def _joined(parts: list[_Rows]) -> _Rows:
    """Puts parts together, and lets go of each as soon as it is: both together would be twice the memory."""
    lesson, weight, penalty = (np.concatenate([part[place] for part in parts]) for place in (1, 2, 3))
    columns = parts[0].features.shape[1]
    lengths = np.concatenate([np.diff(part.features.indptr) for part in parts])
    ends = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    data, indices, begin = np.empty(ends[-1]), np.empty(ends[-1], dtype=np.int32), 0
    parts.reverse()
    while parts:
        features = parts.pop().features
        end = begin + features.nnz
        data[begin:end], indices[begin:end], begin = features.data, features.indices, end
    joined = sparse.csr_matrix((data, indices, ends), shape=(len(lesson), columns))
    return _Rows(joined, lesson, weight, penalty)


def _used(features: sparse.csr_matrix) -> Any:
    """Returns the columns that have a number; `getnnz` would copy all indices."""
    found = np.zeros(features.shape[1], dtype=bool)
    found[features.indices] = True
    return np.flatnonzero(found)


def _only(features: sparse.csr_matrix, used: Any) -> sparse.csr_matrix:
    """Returns the columns that are used; all others are empty, so that the numbers need not be copied."""
    place = np.zeros(features.shape[1], dtype=np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    shape = (features.shape[0], len(used))
    return sparse.csr_matrix((features.data, place[features.indices], features.indptr), shape=shape)


def alone(lessons: Sequence[Lesson]) -> PassageClassifier:
    """Returns a classifier that knows nothing but these lessons, by the recipe of the bundled one."""
    examples = [
        Example(lesson.writing.text, Label(lesson.label), source=str(number)) for number, lesson in enumerate(lessons)
    ]
    weights = {
        (example.source, example.label): lesson.weight for example, lesson in zip(examples, lessons, strict=True)
    }
    return fit(make_dataset(examples, weights=weights), reproducible=False)
