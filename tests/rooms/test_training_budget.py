"""A budget of mistakes is kept as often as it says, and is not promised where the data cannot support it."""

from __future__ import annotations

import numpy as np
import pytest

from moderation.domain import SitePolicy
from moderation.errors import Invalid
from moderation.training.budget import Promise, least_needed, promised, upper_bound
from moderation.workflows.budget import thresholds_of

TIMES = 400


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    # One-sided 95 %: rule of three for none seen, and a table for the others.
    assert upper_bound(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert upper_bound(5, 100) == pytest.approx(0.1023, abs=1e-4)
    assert upper_bound(3, 3) == 1.0


@pytest.mark.parametrize(("budget", "needed"), [(0.001, 2995), (0.02, 149), (0.5, 5)])
def test_too_few_good_comments_promise_nothing_and_it_is_said_how_many_it_takes(budget: float, needed: int) -> None:
    few, enough = np.linspace(0, 0.5, needed - 1), np.linspace(0, 0.5, needed)

    assert least_needed(budget) == needed
    assert promised(few, np.ones(len(few)), budget).threshold is None
    assert promised(enough, np.ones(len(enough)), budget).threshold == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize(("n", "budget"), [(300, 0.02), (1000, 0.02), (4000, 0.001), (150, 0.1)])
def test_over_repeated_splits_the_promise_is_broken_in_one_of_twenty_at_most(n: int, budget: float) -> None:
    random = np.random.default_rng(1)
    broken = 0
    for _ in range(TIMES):
        # The share of all good comments above a threshold is known: scores are the square of an even chance.
        threshold = promised(random.random(n) ** 2, np.ones(n), budget).threshold
        assert threshold is not None
        broken += 1 - np.sqrt(threshold) > budget

    assert broken / TIMES <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / TIMES)


def test_with_an_audit_sample_the_promise_is_nearly_kept() -> None:
    random = np.random.default_rng(2)
    broken = tried = 0
    for _ in range(TIMES):
        # Above one half a person sees everything; below, one in five.
        scores = random.random(5_000) ** 6
        seen = (scores > 0.5) | (random.random(5_000) < 0.2)
        kept = scores[seen]
        threshold = promised(kept, np.where(kept > 0.5, 1.0, 5.0), 0.05).threshold
        if threshold is not None:
            tried += 1
            broken += 1 - threshold ** (1 / 6) > 0.05

    assert tried == TIMES
    assert broken / tried <= 0.10


def test_more_is_held_the_more_is_allowed() -> None:
    scores = np.random.default_rng(3).random(5_000)
    budgets = (0.001, 0.01, 0.05, 0.2)
    thresholds = [promised(scores, np.ones(5_000), budget).threshold or 2.0 for budget in budgets]

    assert thresholds == sorted(thresholds, reverse=True)
    assert all((scores >= threshold).mean() <= budget for threshold, budget in zip(thresholds, budgets, strict=True))


def a_promise(budget: float, threshold: float | None) -> Promise:
    return Promise(budget, threshold, 100.0, 149)


def test_thresholds_follow_and_what_cannot_be_supported_is_refused_with_what_is_missing() -> None:
    both = SitePolicy(hold_budget=0.02, reject_budget=0.001)
    found = {"hold_budget": a_promise(0.02, 0.4), "reject_budget": a_promise(0.001, 0.97)}

    assert thresholds_of(found, both) == {"approve_below": 0.4, "reject_above": 0.97}
    with pytest.raises(Invalid) as refused:
        thresholds_of({"hold_budget": a_promise(0.02, None)}, SitePolicy(hold_budget=0.02))
    assert [(wrong.field, "149" in wrong.message) for wrong in refused.value.errors] == [("hold_budget", True)]
    with pytest.raises(Invalid) as crossing:
        thresholds_of({}, SitePolicy(hold_budget=0.001, reject_budget=0.02))
    assert [wrong.field for wrong in crossing.value.errors] == ["reject_budget"]


def test_a_threshold_that_follows_never_crosses_the_other_one() -> None:
    high = thresholds_of({"hold_budget": a_promise(0.02, 0.99)}, SitePolicy(hold_budget=0.02, reject_above=0.95))
    low = thresholds_of({"reject_budget": a_promise(0.02, 0.1)}, SitePolicy(reject_budget=0.02, approve_below=0.3))

    assert high == {"approve_below": 0.99, "reject_above": 0.99}
    assert low == {"reject_above": 0.1, "approve_below": 0.1}
