"""The figures of `moderation evaluate`."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, f1_score, matthews_corrcoef, roc_auc_score

from moderation.domain import Label
from moderation.training import evaluate

SPAM, HAM = Label.SPAM, Label.HAM


def test_figures_of_a_small_example_are_those_worked_out_by_hand() -> None:
    labels = [SPAM, SPAM, SPAM, HAM, HAM, HAM, HAM, HAM]
    scores = [0.9, 0.6, 0.2, 0.7, 0.3, 0.1, 0.1, 0.0]

    metrics = evaluate(labels, scores)

    assert metrics.n == 8
    assert metrics.accuracy == 6 / 8
    assert metrics.f1 == pytest.approx(4 / 6)
    assert metrics.auc == pytest.approx((5 + 4 + 3) / 15)
    assert metrics.recall_at_fpr == {"0.001": 1 / 3, "0.005": 1 / 3, "0.01": 1 / 3}
    assert metrics.brier == pytest.approx((0.01 + 0.16 + 0.64 + 0.49 + 0.09 + 0.01 + 0.01) / 8)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60))
def test_figures_agree_with_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    spam = [is_spam for is_spam, _ in rows]
    scores = [value / 20 for _, value in rows]
    if all(spam) or not any(spam):
        return
    metrics = evaluate([SPAM if is_spam else HAM for is_spam in spam], scores)
    called = [score > 0.5 for score in scores]

    assert metrics.auc == pytest.approx(roc_auc_score(spam, scores))
    assert metrics.mcc == pytest.approx(matthews_corrcoef(spam, called))
    assert metrics.f1 == pytest.approx(f1_score(spam, called))
    assert metrics.brier == pytest.approx(brier_score_loss(spam, scores))


def test_recall_blocks_no_more_ham_than_allowed() -> None:
    labels = [HAM] * 1000 + [SPAM] * 4
    scores = [i / 1000 for i in range(1000)] + [0.9985, 0.9965, 0.9905, 0.5]

    recall = evaluate(labels, scores).recall_at_fpr

    assert recall == {"0.001": 0.25, "0.005": 0.5, "0.01": 0.75}


def test_equal_scores_of_spam_and_ham_catch_nothing() -> None:
    assert evaluate([SPAM, HAM] * 10, [0.5] * 20).recall_at_fpr == {"0.001": 0.0, "0.005": 0.0, "0.01": 0.0}


def test_calibration_is_measured_over_ten_equally_filled_bins() -> None:
    # Ten bins of ten; in each, one score for all and a share of spam that is 0.05 lower.
    values = np.repeat(np.arange(0.15, 1.1, 0.1), 10)
    labels = [SPAM if i % 10 < round((value - 0.05) * 10) else HAM for i, value in enumerate(values)]

    assert evaluate(labels, values.tolist()).ece == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("labels", "missing"),
    [
        ([], {"accuracy", "f1", "mcc", "auc", "brier", "ece"}),
        ([HAM, HAM], {"f1", "mcc", "auc"}),
        ([SPAM, SPAM], {"mcc", "auc"}),
    ],
)
def test_figures_without_meaning_are_null(labels: list[Label], missing: set[str]) -> None:
    figures = json.loads(json.dumps(evaluate(labels, [0.2, 0.9][: len(labels)]).as_json()))

    assert {name for name, value in figures.items() if value is None} == missing
    assert figures["recall_at_fpr"] == {"0.001": None, "0.005": None, "0.01": None}


def test_the_names_are_those_of_the_contract() -> None:
    figures = evaluate([SPAM, HAM], [0.9, 0.1]).as_json()

    assert list(figures) == ["n", "accuracy", "f1", "mcc", "auc", "recall_at_fpr", "brier", "ece"]


def test_labels_without_scores_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="one score"):
        evaluate([SPAM], [])
