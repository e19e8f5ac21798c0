"""A candidate is better than what it began with, and the form that serves is the fitted one."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from uuid import UUID

import numpy as np
import pytest

from moderation.domain import Label, Writing
from moderation.errors import BadArtifact
from moderation.scoring.artifact import load_artifact, read_artifact, save_artifact
from moderation.scoring.calibration import Calibration
from moderation.scoring.learned import Learned
from moderation.training.adapting import Recipe, adapted, fit_recipe
from moderation.training.calibrate import calibrated, calibration_of, judged_unseen
from moderation.training.candidate import EXACT, Candidate, labels_of, log_loss, logits_of, make_candidate
from moderation.training.labels import Lesson
from moderation.training.opening import opened
from moderation.training.pipeline import compiled
from tests.labels import FIRST
from tests.training_data import shipped_examples, small_artifact, small_classifier

VIDEO = "Youtube03-LMFAO"  # the small classifier has not seen it


@cache
def lessons() -> tuple[Lesson, ...]:
    """Returns the comments of a video as a site's lessons, each by another author."""
    found = [e for e in shipped_examples() if e.source == VIDEO]
    return tuple(
        Lesson(UUID(int=n), Writing(e.text), e.label, 1.0, UUID(int=n), n, None, FIRST, FIRST)
        for n, e in enumerate(found)
    )


@cache
def candidate() -> Candidate:
    """Returns the candidate of every third lesson."""
    return make_candidate(base(), lessons()[::3], name="site")


@cache
def base() -> Learned:
    return read_artifact(small_artifact())[1]


def test_an_opened_classifier_is_the_one_that_was_stored() -> None:
    name, learned = read_artifact(small_artifact())

    assert save_artifact(compiled(opened(learned)), name=name) == small_artifact()


def test_what_was_learned_is_better_on_comments_it_has_not_seen() -> None:
    unseen = [lesson for lesson in lessons() if lesson not in lessons()[::3]]
    spam, weights = labels_of(unseen)

    before = log_loss(logits_of(small_classifier(), unseen), spam, weights)
    after = log_loss(logits_of(candidate().classifier, unseen), spam, weights)

    assert after < before * 0.8
    assert candidate().log_loss[candidate().recipe] == min(candidate().log_loss.values())


@pytest.mark.parametrize("recipe", Recipe)
def test_every_recipe_serves_what_was_fitted(recipe: Recipe) -> None:
    fitted = fit_recipe(recipe, base(), lessons()[:90])
    served = load_artifact(save_artifact(compiled(fitted), name="x"))
    writings = [Writing(lesson.writing.text, "Ana", "ana.example") for lesson in lessons()[100:200]]

    fits = fitted.predict_proba(writings)[:, 1]

    assert np.abs(fits - [score.spam for score in served.score(writings)]).max() < EXACT


def test_the_candidate_that_serves_is_the_fitted_one_and_keeps_the_format() -> None:
    assert candidate().largest_difference < EXACT
    assert load_artifact(candidate().artifact).version == candidate().classifier.version


def test_reasons_add_up_to_the_score_with_what_it_means_on_the_site() -> None:
    for lesson in lessons()[:40]:
        score, why = candidate().classifier.score_and_explain(lesson.writing)

        assert 1 / (1 + np.exp(-why.logit)) == pytest.approx(score.spam, abs=1e-12)


def test_the_same_lessons_give_the_same_candidate() -> None:
    again = make_candidate(base(), lessons()[:60], name="site")

    assert make_candidate(base(), lessons()[:60], name="site").artifact == again.artifact


def test_no_word_is_learned_that_only_two_authors_use() -> None:
    words = {1: "zwockel", 2: "quirbel", 3: "flombart"}
    made = [
        Lesson(
            UUID(int=n), Writing(f"{words[authors]} is here, text {n}"), Label.SPAM, 1.0, UUID(int=n % authors),
            n, None, FIRST, FIRST,
        )
        for authors in words
        for n in range(12)
    ]  # fmt: skip

    learned = compiled(adapted(base(), [*made, *lessons()[:50]]))

    assert {word for word in words.values() if word in learned.words.terms} == {"flombart"}


def test_lessons_without_weight_change_nothing() -> None:
    unheard = [replace(lesson, weight=0.0, author=UUID(int=1)) for lesson in lessons()[:50]]

    learned = compiled(adapted(base(), unheard))

    assert learned.words.weight == base().words.weight
    assert learned.intercept == pytest.approx(base().intercept)


def test_a_calibration_keeps_the_order_and_goes_on_beyond_its_ends() -> None:
    line = Calibration([(-1.0, -3.0), (0.0, 0.5), (2.0, 0.6)])

    moved = [line(value) for value in (-5.0, -1.0, -0.5, 0.0, 1.0, 2.0, 4.0)]

    assert moved == pytest.approx([-7.0, -3.0, -1.25, 0.5, 0.55, 0.6, 2.6])
    assert moved == sorted(moved)


def test_what_logits_mean_is_judged_by_other_labels_than_it_is_learned_from() -> None:
    random = np.random.default_rng(5)
    logits, spam, weights = random.normal(size=30) * 3, random.integers(0, 2, 30).astype(float), np.ones(30)
    home = np.arange(30.0) % 5

    by_its_own = log_loss(calibrated(logits, calibration_of(logits, spam, weights)), spam, weights)
    by_others = log_loss(judged_unseen(logits, spam, weights, home), spam, weights)

    # Nothing can be known here, and by its own it looks better than it is.
    assert by_its_own < by_others - 0.02


@pytest.mark.parametrize("bends", [[[0.0, 0.0], [1.0, 0.0]], [[0.0]], "no", [[0.0, "1"]], [[float("inf"), 1.0]], None])
def test_a_damaged_calibration_is_refused(bends: object) -> None:
    data = candidate().artifact
    start = data.index(b"\n", data.index(b"\n") + 1) + 1
    size = int(data[start - 9 : start - 1])
    header = json.loads(data[start : start + size])
    header["calibration"] = bends
    head = json.dumps(header, sort_keys=True).encode()

    with pytest.raises(BadArtifact):
        load_artifact(data[: start - 9] + f"{len(head):08d}\n".encode() + head + data[start + size :])
