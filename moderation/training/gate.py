"""The gate: a candidate is promoted when it has earned it, and a refusal says by which rule and figure.

Candidate and champion judge the same comments, which came later than all that the candidate has learned from and which
neither has seen, and the same frozen plain cases. The rules and their margins are told in
`docs/decisions/0014-the-gate.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import numpy as np

from moderation.training.bootstrap import Difference, Numbers, log_losses, paired
from moderation.training.shares import HOLD_BUDGET, Shares, calibration_error, recall_at_budget, shares_of

# Fewer later comments of a label prove nothing.
LEAST_OF_EACH = 10
# In logits of log loss: what the labels of all sources but one may say against a candidate.
SOURCE_MARGIN = 0.01
# A source with a smaller part of the later labels cannot carry a candidate.
_SMALLEST_SOURCE = 0.05
_LEAST_WITHOUT_SOURCE = 20
# Shares. Beside each margin one comment is always forgiven: of thirty comments, one is three percent.
RECALL_MARGIN = 0.02
HELD_MARGIN = 0.01
REJECTED_MARGIN = 0.001
CALIBRATION_MARGIN = 0.02
REFERENCE_LOSS_MARGIN = 0.05
REFERENCE_SPAM_MARGIN = 0.03
REFERENCE_HELD_MARGIN = 0.04
REFERENCE_REJECTED_MARGIN = 0.005
# A single case of which a classifier is quite certain must not outweigh all others.
_LEAST_CHANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Judged:
    """What two classifiers say of the same comments, as P(spam), each list of one length.

    `spam` is 1 or 0, `groups` numbers what belongs together, `givers` are those whose labels these are.
    """

    champion: Numbers
    candidate: Numbers
    spam: Numbers
    weights: Numbers
    groups: Sequence[int]
    givers: Sequence[UUID | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found: figures of both, how far the candidate may lie on the bad side, and whether it holds.

    `bad` is +1 where more is worse, -1 where less is.
    """

    rule: str
    champion: float | None
    candidate: float | None
    margin: float
    holds: bool
    bad: int = 1

    def as_json(self) -> dict[str, object]:
        """Returns the finding for reports and cards."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings; the comparison behind them, by thresholds of the site; and whether the candidate may serve."""

    findings: tuple[Finding, ...]
    gain: Difference | None
    champion: Shares | None
    candidate: Shares | None

    @property
    def may_serve(self) -> bool:
        """Whether every rule holds."""
        return all(finding.holds for finding in self.findings)

    @property
    def broken(self) -> list[Finding]:
        """The rules that do not hold."""
        return [finding for finding in self.findings if not finding.holds]


def judge(
    later: Judged, reference: Judged, *, approve_below: float, reject_above: float, budget: float = HOLD_BUDGET
) -> Verdict:
    """Returns whether a candidate may serve a site with these thresholds. `budget` is the share of good comments that
    the site lets the machine hold."""
    evidence = _evidence(later)
    if not all(finding.holds for finding in evidence):
        return Verdict(tuple(evidence), None, None, None)
    gain = paired(_losses(later), later.weights, later.groups)
    champion, candidate = (
        shares_of(chance, later.spam, later.weights, approve_below, reject_above)
        for chance in (later.champion, later.candidate)
    )
    findings = [
        *evidence,
        Finding("log_loss", _mean_loss(later, later.champion), _mean_loss(later, later.candidate), 0.0, gain.high < 0),
        *_sources(later),
        *_on_later(later, champion, candidate, budget),
        *on_reference(reference, approve_below, reject_above),
    ]
    return Verdict(tuple(findings), gain, champion, candidate)


def _evidence(later: Judged) -> list[Finding]:
    spam = float((later.spam == 1).sum())
    ham = len(later.spam) - spam
    return [
        Finding(f"enough_{name}", None, count, LEAST_OF_EACH, count >= LEAST_OF_EACH, bad=-1)
        for name, count in (("spam", spam), ("ham", ham))
    ]


def _losses(judged: Judged) -> Numbers:
    return log_losses(judged.candidate, judged.spam) - log_losses(judged.champion, judged.spam)


def _mean_loss(judged: Judged, chance: Numbers) -> float:
    return float(np.average(log_losses(chance, judged.spam), weights=judged.weights))


def _sources(later: Judged) -> list[Finding]:
    """The gain must not come from one source of labels alone: without any of them the candidate is not worse."""
    found = []
    difference, total = _losses(later), later.weights.sum()
    for giver in dict.fromkeys(later.givers):
        others = np.array([other != giver for other in later.givers])
        if later.weights[~others].sum() < _SMALLEST_SOURCE * total or others.sum() < _LEAST_WITHOUT_SOURCE:
            continue
        without = float(np.average(difference[others], weights=later.weights[others]))
        found.append(Finding("one_source", 0.0, without, SOURCE_MARGIN, without <= SOURCE_MARGIN))
    return [max(found, key=lambda finding: finding.candidate or 0.0)] if found else []


def _not_worse(rule: str, both: Sequence[float], margin: float, *, bad: int = 1) -> Finding:
    champion, candidate = both
    return Finding(rule, champion, candidate, margin, bad * (candidate - champion) <= margin + 1e-12, bad)


def _on_later(later: Judged, champion: Shares, candidate: Shares, budget: float) -> list[Finding]:
    spam, ham = later.spam == 1, later.spam == 0
    one_spam, one_ham = _one_of(later.weights[spam]), _one_of(later.weights[ham])
    recall = [
        recall_at_budget(chance, later.spam, later.weights, budget) for chance in (later.champion, later.candidate)
    ]
    errors = [calibration_error(chance, later.spam, later.weights) for chance in (later.champion, later.candidate)]
    return [
        _not_worse("recall_at_budget", recall, max(RECALL_MARGIN, one_spam), bad=-1),
        _not_worse("ham_held", (champion.ham_held, candidate.ham_held), max(HELD_MARGIN, one_ham)),
        _not_worse("ham_rejected", (champion.ham_rejected, candidate.ham_rejected), max(REJECTED_MARGIN, one_ham)),
        _not_worse("calibration", errors, CALIBRATION_MARGIN),
    ]


def _one_of(weights: Numbers) -> float:
    """Returns the share that a comment of the mean weight has."""
    return 1 / len(weights) if len(weights) else 0.0


def on_reference(reference: Judged, approve_below: float, reject_above: float) -> list[Finding]:
    """Returns what the rules find on the plain cases."""
    even = np.ones(len(reference.spam))
    both = [np.clip(chance, _LEAST_CHANCE, 1 - _LEAST_CHANCE) for chance in (reference.champion, reference.candidate)]
    losses = [float(log_losses(chance, reference.spam).mean()) for chance in both]
    champion, candidate = (shares_of(chance, reference.spam, even, approve_below, reject_above) for chance in both)
    rejected = (champion.ham_rejected, candidate.ham_rejected)
    return [
        _not_worse("reference_loss", losses, REFERENCE_LOSS_MARGIN),
        _not_worse("reference_spam", (champion.spam_published, candidate.spam_published), REFERENCE_SPAM_MARGIN),
        _not_worse("reference_ham_held", (champion.ham_held, candidate.ham_held), REFERENCE_HELD_MARGIN),
        _not_worse("reference_ham_rejected", rejected, REFERENCE_REJECTED_MARGIN),
    ]
