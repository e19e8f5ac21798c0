"""What the logits of the bundled classifier mean: the same in every form, with a reason, and in the same order."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings

from moderation.bundled import bundled_folder
from moderation.domain import Writing
from moderation.scoring import Classifier, load_artifact, save_artifact
from moderation.scoring.artifact import read_artifact
from moderation.scoring.classifier import MANY, probability
from moderation.training.baseline import BENDS
from moderation.training.dataset import make_dataset
from moderation.training.opening import opened
from moderation.training.pipeline import compiled, fit
from tests.rooms.test_scoring_explanation import WRITINGS
from tests.training_data import small_artifact, small_classifier, some_examples


@cache
def _fitted() -> Any:
    return opened(replace(read_artifact(small_artifact())[1], calibration=BENDS))


@cache
def _served() -> Classifier:
    return load_artifact(save_artifact(compiled(_fitted()), name="bent"))


@given(WRITINGS)
@settings(max_examples=200)
def test_every_form_gives_the_same_probability_and_its_reasons_add_up_to_it(writing: Writing) -> None:
    logit = float(_fitted().decision_function([writing])[0])

    score, explanation = _served().score_and_explain(writing)

    assert explanation.logit == pytest.approx(logit, abs=1e-9)
    assert score.spam == pytest.approx(probability(logit), abs=1e-9)
    assert _served().score([writing])[0].spam == pytest.approx(score.spam, abs=1e-12)
    together = _served().score([writing] * MANY)
    assert [each.spam for each in together] == pytest.approx([score.spam] * MANY, abs=1e-12)


@given(WRITINGS, WRITINGS)
@settings(max_examples=200)
def test_comments_keep_their_order_and_their_side_of_one_half(first: Writing, second: Writing) -> None:
    plain = [score.spam for score in small_classifier().score([first, second])]

    bent = [score.spam for score in _served().score([first, second])]

    assert (bent[0] - bent[1]) * (plain[0] - plain[1]) >= 0 or bent == pytest.approx(bent[::-1], abs=1e-12)
    assert [chance > 0.5 for chance in bent] == [chance > 0.5 for chance in plain]
    assert all(new >= old - 1e-12 for new, old in zip(bent, plain, strict=True))


def test_what_it_adds_is_one_reason_and_none_where_a_text_looks_like_spam() -> None:
    name = "(what such a score has meant)"
    spam, ham = (
        [c for c in _served().explain(Writing(text)).contributions if c.feature == name]
        for text in ("Check out my channel and subscribe", "The council will vote on the bridge in March.")
    )

    assert spam == []
    assert [(reason.spans, reason.weight > 0.5) for reason in ham] == [((), True)]


def test_the_bundled_classifier_has_it_and_a_fit_of_few_labels_has_not() -> None:
    name, bundled = read_artifact((bundled_folder("models") / "baseline.bin").read_bytes())

    assert (name, bundled.calibration) == ("baseline-8", BENDS)
    few = make_dataset(some_examples()[::10])
    assert compiled(fit(few)).calibration == ()
    assert compiled(fit(few, bends=BENDS)) == replace(compiled(fit(few)), calibration=BENDS)
