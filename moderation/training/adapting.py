"""A classifier is adapted to a site: it stays what it is where the site's labels say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from moderation.domain import Label
from moderation.scoring.learned import Learned
from moderation.training.blocks import Passage, half, single
from moderation.training.dataset import Example, make_dataset
from moderation.training.labels import Lesson
from moderation.training.opening import opened
from moderation.training.pipeline import PassageClassifier, fit
from moderation.training.rows import TrainingRow, rows_of
from moderation.training.spreading import spread
from moderation.training.terms import add_terms
from moderation.training.towards import fitted_change

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
    rows = [row for part in spread(partial(_rows, base), lessons) for row in part]
    spam = [lesson.is_spam for lesson in lessons]
    wholes = [row.passage for row in rows if row.passage.about is not None]
    pipeline = classifier.pipeline_
    add_terms(pipeline, wholes, spam, [lesson.author for lesson in lessons])
    logistic = pipeline.named_steps["logistic"]
    of_parts = spread(partial(_features, pipeline[:-1]), [row.passage for row in rows])
    features = sparse.csr_matrix(sparse.vstack(of_parts))
    known, begin = logistic.coef_[0], float(logistic.intercept_[0])
    known_logits = features @ known
    used = np.flatnonzero(features.getnnz(axis=0))
    scale, shift = SCALE / np.sqrt(strength), SHIFT / np.sqrt(strength)
    beside = np.column_stack([known_logits * scale, np.full(len(rows), shift)])
    change = fitted_change(
        sparse.hstack([features[:, used], beside]).tocsr(),
        np.array([spam[row.lesson] for row in rows], dtype=np.float64),
        strength * np.array([row.weight for row in rows]),
        known_logits + begin - np.array([row.penalty for row in rows]),
    )
    weights = known * (1 + change[-2] * scale)
    weights[used] += change[:-2]
    of_about = len(base.about.mean)
    logistic.coef_ = np.append(half(weights[:-of_about]), single(weights[-of_about:]))[np.newaxis]
    logistic.intercept_ = single(np.array([begin + change[-1] * shift]))
    return classifier


def _rows(base: Learned, first: int, lessons: Sequence[Lesson]) -> list[TrainingRow]:
    return [row._replace(lesson=row.lesson + first) for row in rows_of(lessons, base)]


def _features(blocks: Any, _first: int, passages: Sequence[Passage]) -> sparse.csr_matrix:
    return sparse.csr_matrix(blocks.transform(passages))


def alone(lessons: Sequence[Lesson]) -> PassageClassifier:
    """Returns a classifier that knows nothing but these lessons, by the recipe of the bundled one."""
    examples = [
        Example(lesson.writing.text, Label(lesson.label), source=str(number)) for number, lesson in enumerate(lessons)
    ]
    weights = {
        (example.source, example.label): lesson.weight for example, lesson in zip(examples, lessons, strict=True)
    }
    return fit(make_dataset(examples, weights=weights), reproducible=False)
