"""A candidate: made of a site's lessons by the recipe that judges lessons best which it has not learned from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from moderation.domain import Label
from moderation.errors import TrainingFailed
from moderation.scoring.artifact import load_artifact, save_artifact
from moderation.scoring.calibration import Bends
from moderation.scoring.classifier import Classifier
from moderation.scoring.learned import Learned
from moderation.training.adapting import Recipe, fit_recipe
from moderation.training.calibrate import Parts, calibrated, calibration_of, judged_unseen
from moderation.training.labels import Lesson
from moderation.training.pipeline import PassageClassifier, compiled
from moderation.training.splits import folds
from moderation.training.spreading import one_by_one

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Progress = Callable[[str], None]

# Parts, by the least number of labels: with many of them, what is left out hardly matters.
FOLDS = ((0, 5), (500, 3), (5_000, 2))
# To learn from scratch takes a minute for as many and is of no use by then, nor is it to hold them back less.
MOST_ALONE = 20_000
# Both forms of the classifier, the fitted one and the one that serves, must give the same logit.
EXACT = 1e-9
_COMPARED = 1_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A classifier that could serve. `log_loss` tells of each recipe how well it judged what it had not seen."""

    classifier: Classifier
    artifact: bytes
    recipe: Recipe
    log_loss: Mapping[Recipe, float]
    largest_difference: float


def make_candidate(
    base: Learned,
    lessons: Sequence[Lesson],
    *,
    name: str,
    accept: Callable[[Classifier], bool] = lambda classifier: True,
    progress: Progress = lambda step: None,
) -> Candidate:
    """Returns the candidate of these lessons, of which there must be both labels: that of the best recipe whose result
    is accepted, or of the best one if none is. Raises TrainingFailed if the form that serves does not agree with the
    fitted one."""
    spam, weights = labels_of(lessons)
    home = _home(lessons)
    unseen = _unseen_logits(replace(base, calibration=()), lessons, home, progress)
    bends = {recipe: calibration_of(logits, spam, weights) for recipe, logits in unseen.items()}
    losses = {r: log_loss(judged_unseen(unseen[r], spam, weights, home), spam, weights) for r in unseen}
    made: list[Candidate] = []
    for recipe in sorted(losses, key=lambda recipe: losses[recipe]):
        progress(f"Fitting on {len(lessons)} labels ({recipe})")
        made.append(_fitted(base, lessons, recipe, bends[recipe], losses, name=name))
        if accept(made[-1].classifier):
            return made[-1]
    return made[0]


def _fitted(
    base: Learned, lessons: Sequence[Lesson], recipe: Recipe, bends: Bends, losses: Mapping[Recipe, float], *, name: str
) -> Candidate:
    fitted = fit_recipe(recipe, replace(base, calibration=()), lessons)
    learned = replace(compiled(fitted), calibration=bends)
    artifact = save_artifact(learned, name=name, recipe={"recipe": str(recipe), "labels": len(lessons)})
    classifier = load_artifact(artifact)
    difference = largest_difference(fitted, classifier, learned, lessons[-_COMPARED:])
    if difference > EXACT:
        raise TrainingFailed(f"The two forms of the candidate differ by {difference:.1e}; nothing was changed.")
    return Candidate(classifier, artifact, recipe, losses, difference)


def labels_of(lessons: Sequence[Lesson]) -> tuple[Numbers, Numbers]:
    """Returns 1 for each spam and 0 for each ham, and what each lesson counts."""
    return (
        np.array([lesson.is_spam for lesson in lessons], dtype=np.float64),
        np.array([lesson.weight for lesson in lessons], dtype=np.float64),
    )


def logits_of(classifier: Classifier, lessons: Sequence[Lesson]) -> Numbers:
    """Returns the logit of each lesson, from the form that serves."""
    chance = np.array([score.spam for score in classifier.score([lesson.writing for lesson in lessons])])
    chance = np.clip(chance, 1e-15, 1 - 1e-15)
    return np.asarray(np.log(chance) - np.log1p(-chance))


def log_loss(logits: Numbers, spam: Numbers, weights: Numbers) -> float:
    """Returns the mean log loss."""
    return float(np.average(np.logaddexp(0, logits) - spam * logits, weights=weights))


def largest_difference(
    fitted: PassageClassifier, served: Classifier, learned: Learned, lessons: Sequence[Lesson]
) -> float:
    """Returns by how much the probabilities of the fitted and the serving form differ at most."""
    logits = calibrated(fitted.decision_function([lesson.writing for lesson in lessons]), learned.calibration)
    chance = np.array([score.spam for score in served.score([lesson.writing for lesson in lessons])])
    return float(np.abs(1 / (1 + np.exp(-logits)) - chance).max(initial=0.0))


def _recipes(lessons: Sequence[Lesson]) -> list[Recipe]:
    """Returns the recipes that learn."""
    return [Recipe.ADAPTED, Recipe.FREER, Recipe.ALONE] if len(lessons) <= MOST_ALONE else [Recipe.ADAPTED]


def _home(lessons: Sequence[Lesson]) -> Parts:
    """Returns the part in which each lesson is left out."""
    return np.array(folds(lessons, max((least, parts) for least, parts in FOLDS if len(lessons) >= least)[1]))


class _Part(NamedTuple):
    """What one recipe is to learn from, and what is to be judged by the result: places among the lessons."""

    recipe: Recipe
    inside: list[Lesson]
    outside: list[Lesson]
    places: Any


def _unseen_logits(base: Learned, lessons: Sequence[Lesson], home: Parts, progress: Progress) -> dict[Recipe, Numbers]:
    """Returns for each recipe the logit of each lesson by a classifier that has learned from the others."""
    progress("Judging the classifier as it is")
    found = {Recipe.KEPT: logits_of(Classifier("kept", base), lessons)}
    parts = [part for recipe in _recipes(lessons) for part in _parts(recipe, lessons, home)]

    def told(count: int) -> None:
        progress(f"Judging recipes, {count} of {len(parts)} parts")

    told(0)
    for part, logits in zip(parts, one_by_one(partial(_judged, base), parts, done=told), strict=True):
        found.setdefault(part.recipe, np.zeros(len(lessons)))[part.places] = logits
    return found


def _parts(recipe: Recipe, lessons: Sequence[Lesson], home: Parts) -> Iterator[_Part]:
    for fold in np.unique(home):
        inside = [lesson for lesson, at in zip(lessons, home, strict=True) if at != fold]
        outside = [lesson for lesson, at in zip(lessons, home, strict=True) if at == fold]
        if len({lesson.is_spam for lesson in inside}) == len(Label):
            yield _Part(recipe, inside, outside, np.flatnonzero(home == fold))


def _judged(base: Learned, part: _Part) -> Numbers:
    classifier = Classifier("part", compiled(fit_recipe(part.recipe, base, part.inside)))
    return logits_of(classifier, part.outside)
