"""The gate lets a better candidate pass, and none that is worse, poisoned, or better by one source alone."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from moderation.bundled import bundled_folder
from moderation.domain import Label
from moderation.errors import BadArtifact
from moderation.training import reference
from moderation.training.bootstrap import Numbers, log_losses, paired
from moderation.training.curves import precision_recall, reliability
from moderation.training.gate import Judged, Verdict, judge
from moderation.training.reference import reference_cases
from moderation.training.shares import calibration_error, recall_at_budget, shares_of

THRESHOLDS = {"approve_below": 0.3, "reject_above": 0.95}


def judged(n: int = 200, *, better: float = 0.0, seed: int = 0, givers: int = 3) -> Judged:
    """Returns comments judged by a champion, and by a candidate whose logits are `better` on the right side."""
    random = np.random.default_rng(seed)
    spam = (random.random(n) < 0.4).astype(float)
    side = np.where(spam == 1, 1.0, -1.0)
    logits = 2.0 * side + random.normal(0, 1.5, n)
    candidate = logits + better * side + random.normal(0, 0.2, n)
    return Judged(
        chance(logits), chance(candidate), spam, np.ones(n), range(n), [UUID(int=1 + i % givers) for i in range(n)]
    )


def chance(logits: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-logits)))


def plain(*, worse: float = 0.0, held: int = 0) -> Judged:
    """Returns plain cases on which both agree, but for `held` good ones that the candidate would hold."""
    spam = np.array([1.0, 0.0] * 100)
    logits = np.where(spam == 1, 5.0, -5.0)
    candidate = logits * (1 - worse)
    candidate[1 : 2 * held : 2] = 0.0
    return Judged(chance(logits), chance(candidate), spam, np.ones(200), range(200), [None] * 200)


def broken(verdict: Verdict) -> set[str]:
    return {finding.rule for finding in verdict.broken}


def test_a_better_candidate_may_serve_and_one_that_is_only_different_may_not() -> None:
    better = judge(judged(better=1.0), plain(), **THRESHOLDS)
    equal = judge(judged(better=0.0), plain(), **THRESHOLDS)

    assert better.may_serve, better.broken
    assert better.gain is not None
    assert better.gain.high < 0
    assert "log_loss" in broken(equal)


def test_worse_candidates_never_pass_and_equal_ones_seldom() -> None:
    worse = [judge(judged(100, better=-0.5, seed=seed), plain(), **THRESHOLDS).may_serve for seed in range(40)]
    equal = [judge(judged(100, seed=seed), plain(), **THRESHOLDS).may_serve for seed in range(40)]
    better = [judge(judged(300, better=1.5, seed=seed), plain(), **THRESHOLDS).may_serve for seed in range(40)]

    assert sum(worse) == 0
    assert sum(equal) <= 4
    assert sum(better) >= 32


@pytest.mark.parametrize(("label", "rule"), [(1.0, "enough_spam"), (0.0, "enough_ham")])
def test_too_few_later_comments_prove_nothing(label: float, rule: str) -> None:
    many = judged(better=1.0)
    kept = np.flatnonzero(many.spam != label).tolist() + np.flatnonzero(many.spam == label).tolist()[:9]
    few = Judged(
        many.champion[kept], many.candidate[kept], many.spam[kept], many.weights[kept], range(len(kept)),
        [None] * len(kept),
    )  # fmt: skip

    verdict = judge(few, plain(), **THRESHOLDS)

    assert (broken(verdict), verdict.gain) == ({rule}, None)


def test_a_gain_that_comes_from_one_source_of_labels_is_none() -> None:
    honest = judged(better=-0.4)
    mine = np.arange(len(honest.spam)) % 2 == 0
    # One source labels as the candidate has learned from it: there it is never wrong.
    spam = np.where(mine, 1 - honest.spam, honest.spam)
    candidate = np.where(mine, np.where(spam == 1, 0.99, 0.01), honest.candidate)
    givers = [UUID(int=9) if own else UUID(int=1) for own in mine]

    verdict = judge(replace(honest, spam=spam, candidate=candidate, givers=givers), plain(), **THRESHOLDS)

    assert verdict.gain is not None
    assert verdict.gain.high < 0
    assert "one_source" in broken(verdict)


def test_a_candidate_that_holds_more_good_comments_is_refused_though_its_log_loss_is_lower() -> None:
    later = judged(400, better=1.5)
    worst = np.flatnonzero(later.spam == 0)[:80]
    candidate = later.candidate.copy()
    candidate[worst] = 0.4
    champion = later.champion.copy()
    champion[worst] = 0.2

    verdict = judge(replace(later, candidate=candidate, champion=champion), plain(), **THRESHOLDS)

    assert "ham_held" in broken(verdict)


@pytest.mark.parametrize(
    ("cases", "rule"),
    [(plain(worse=0.9), "reference_loss"), (plain(held=6), "reference_ham_held"), (plain(worse=1.3), "reference_spam")],
)
def test_who_unlearns_plain_cases_is_refused(cases: Judged, rule: str) -> None:
    assert rule in broken(judge(judged(better=1.0), cases, **THRESHOLDS))


def test_what_belongs_together_counts_once() -> None:
    difference = np.array([-1.0] * 50 + [0.2] * 10)
    alone = paired(difference, np.ones(60), range(60))
    together = paired(difference, np.ones(60), [0] * 50 + list(range(1, 11)))

    assert alone.high < 0
    assert together.high > 0
    assert (alone.mean, together.mean) == pytest.approx((difference.mean(), difference.mean()))


def test_figures_are_what_they_say() -> None:
    spam = np.array([1, 1, 0, 0, 0, 0], dtype=float)
    values = np.array([0.99, 0.4, 0.5, 0.1, 0.1, 0.1])
    weights = np.array([1, 1, 1, 1, 1, 1], dtype=float)

    shares = shares_of(values, spam, weights, 0.3, 0.95)

    assert (shares.ham_held, shares.ham_published, shares.ham_rejected) == (0.25, 0.75, 0)
    assert (shares.spam_held, shares.spam_rejected, shares.spam_published) == (0.5, 0.5, 0)
    assert recall_at_budget(values, spam, weights, 0.0) == 0.5
    assert recall_at_budget(values, spam, weights, 0.25) == 1.0
    assert calibration_error(np.array([0.2] * 45), np.array([1.0, 0, 0, 0, 0] * 9), np.ones(45)) == pytest.approx(0)
    assert log_losses(np.array([0.5]), np.array([1.0]))[0] == pytest.approx(np.log(2))
    assert precision_recall(values, spam, weights)[-1] == [1.0, round(2 / 6, 4)]
    assert sum(point[2] for point in reliability(values, spam, weights)) == 6


def test_the_plain_cases_are_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = reference_cases(bundled_folder("models"))

    assert len(cases) == 630
    assert sum(case.label is Label.SPAM for case in cases) == 250
    assert "disguised spam" in {case.kind for case in cases}
    monkeypatch.setattr(reference, "SHA256", "0" * 64)
    with pytest.raises(BadArtifact):
        reference_cases(bundled_folder("models"))
