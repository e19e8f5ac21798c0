"""Floors for the recipe, on sources that it has not seen. The whole comparison: `make accuracy`.

The news are judged with the full recipe: with less ham more genuine comments are blocked. The videos are left out with
a tenth of the ham that decides little, because they need four fits. All fits are rough; it moves figures by a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from bench.accuracy.attacks import DISGUISES
from bench.accuracy.folds import CIVIL, FOX, GERMEVAL, under_attack
from bench.accuracy.recipes import Scores, fitted
from moderation.domain import Label, Writing
from moderation.training.dataset import Example, without_repeats
from moderation.training.metrics import Metrics, evaluate
from moderation.training.pipeline import ROUGH
from moderation.training.sources import VIDEOS, WEIGHTS
from tests.training_data import shipped_examples

pytestmark = pytest.mark.slow

_PLENTY = ("civil-comments-rude", "wikipedia-talk", "germeval-2018", "sms-spam-collection")
_KEPT_OF_PLENTY = 10  # one of so many


def _scores(learned: Sequence[Example], *judged: Sequence[str]) -> list[Scores]:
    classifier = fitted(learned, WEIGHTS, tolerance=ROUGH)
    return [np.array([score.spam for score in classifier.score([*map(Writing, texts)])]) for texts in judged]


def _thinned(kept: str = "") -> list[Example]:
    return [
        example
        for index, example in enumerate(without_repeats(shipped_examples()))
        if example.label is Label.SPAM or example.source not in {*_PLENTY} - {kept} or index % _KEPT_OF_PLENTY == 0
    ]


@cache
def _videos() -> tuple[Metrics, dict[str, float]]:
    """Returns the figures of all videos, each left out once, and what of their spam is caught in each disguise."""
    examples = _thinned()
    genuine = [e.text for e in examples if e.source == FOX]
    labels: list[Label] = []
    scores: list[float] = []
    caught: dict[str, list[bool]] = {}
    for video in VIDEOS:
        judged = [e for e in examples if e.source == video]
        attacks = under_attack([e.text for e in judged if e.label is Label.SPAM], genuine)
        learned = [e for e in examples if e.source != video]
        plain, *attacked = _scores(learned, [e.text for e in judged], *attacks.values())
        labels += [e.label for e in judged]
        scores += plain.tolist()
        for attack, of_attack in zip(attacks, attacked, strict=True):
            caught.setdefault(attack, []).extend((of_attack > 0.5).tolist())
    return evaluate(labels, scores), {attack: float(np.mean(hits)) for attack, hits in caught.items()}


def test_a_video_that_was_left_out_is_judged_right_in_93_of_100_comments() -> None:
    metrics, _ = _videos()

    assert (metrics.accuracy or 0) >= 0.93
    assert (metrics.auc or 0) >= 0.975
    assert (metrics.ece or 1) <= 0.06


def test_ham_in_a_language_that_was_left_out_is_not_taken_for_spam() -> None:
    examples = _thinned(kept=GERMEVAL)
    german = [e.text for e in examples if e.source == GERMEVAL]

    (scores,) = _scores([e for e in examples if e.source != GERMEVAL], german)

    assert len(scores) > 1000
    assert (scores > 0.5).mean() <= 0.02


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguise_that_training_did_not_see_does_not_hide_spam_of_a_video_that_was_left_out(disguise: str) -> None:
    _, caught = _videos()

    assert caught[disguise] >= caught["none"] - 0.06


# Three in a thousand are asked for; of civil-comments, docs/accuracy tells how far it is.
@pytest.mark.parametrize(("left_out", "floor"), [(CIVIL, 0.011), ((FOX,), 0.003)], ids=[CIVIL[0], FOX])
def test_few_genuine_comments_of_a_newspaper_that_was_left_out_score_above_one_half(
    left_out: tuple[str, ...], floor: float
) -> None:
    examples = without_repeats(shipped_examples())
    news = [e.text for e in examples if e.source == left_out[0]]

    (scores,) = _scores([e for e in examples if e.source not in left_out], news)

    assert len(scores) > 1000
    assert (scores > 0.5).mean() <= floor
