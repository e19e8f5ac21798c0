"""A candidate is made of what came first and tried on what came later: the bytes that were judged are those that serve.

What came latest is not learned from this time, but next time: a model that had learned everything could be judged by
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from moderation.domain import Label, Writing
from moderation.errors import TooFewLabels
from moderation.scoring.classifier import Classifier
from moderation.scoring.learned import Learned
from moderation.training.candidate import Candidate, Numbers, Progress, labels_of, make_candidate
from moderation.training.gate import Judged, Verdict, judge, on_reference
from moderation.training.labels import LEAST_LABELS, Lesson
from moderation.training.reference import PlainCase
from moderation.training.shares import HOLD_BUDGET
from moderation.training.splits import HELD_OUT, Split, kin_of, split

# More later comments make a verdict no surer, and would be missing in what is learned.
MOST_HELD_OUT = 1_000


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate, what it was judged on, and the verdict. `border`: what came before was learned from."""

    candidate: Candidate
    split: Split
    border: datetime
    later: Judged
    reference: Judged
    verdict: Verdict


def require_enough(counts: dict[Label, int]) -> None:
    """Raises TooFewLabels, which says how many are missing."""
    missing = [
        f"{LEAST_LABELS - counts.get(label, 0)} more of {label}"
        for label in Label
        if counts.get(label, 0) < LEAST_LABELS
    ]
    if missing:
        raise TooFewLabels(
            f"It takes {LEAST_LABELS} labels of each kind to learn from: {' and '.join(missing)} needed."
        )


def try_lessons(
    base: Learned,
    champion: Classifier,
    lessons: Sequence[Lesson],
    reference: Sequence[PlainCase],
    *,
    name: str,
    approve_below: float,
    reject_above: float,
    budget: float = HOLD_BUDGET,
    progress: Progress = lambda step: None,
) -> Trial:
    """Returns a candidate on top of `base`, judged beside the champion. Raises TooFewLabels and TrainingFailed."""
    parts = split(lessons, held_out=min(HELD_OUT, MOST_HELD_OUT / max(1, len(lessons))))
    require_both(parts.earlier)
    of_champion = _chances(champion, [case.writing for case in reference])

    def keeps_the_plain(classifier: Classifier) -> bool:
        plain = _plain(of_champion, classifier, reference)
        return all(finding.holds for finding in on_reference(plain, approve_below, reject_above))

    candidate = make_candidate(base, parts.earlier, name=name, accept=keeps_the_plain, progress=progress)
    progress("Judging candidate and champion")
    later = _judged(champion, candidate.classifier, parts.later)
    plain = _plain(of_champion, candidate.classifier, reference)
    verdict = judge(later, plain, approve_below=approve_below, reject_above=reject_above, budget=budget)
    border = max(lesson.received_at for lesson in parts.earlier)
    return Trial(candidate, parts, border, later, plain, verdict)


def require_both(earlier: Sequence[Lesson]) -> None:
    """Raises TooFewLabels unless what came first holds both labels."""
    if missing := set(Label) - {lesson.label for lesson in earlier}:
        raise TooFewLabels(
            f"None of the {len(earlier)} comments that came first and would be learned from is labelled as "
            f"{missing.pop()}; what came later is for judging. Label some of the older ones."
        )


def _plain(champion: Numbers, candidate: Classifier, reference: Sequence[PlainCase]) -> Judged:
    spam = np.array([case.label is Label.SPAM for case in reference], dtype=np.float64)
    chances = _chances(candidate, [case.writing for case in reference])
    return Judged(champion, chances, spam, np.ones(len(spam)), range(len(spam)), [None] * len(spam))


def _judged(champion: Classifier, candidate: Classifier, later: Sequence[Lesson]) -> Judged:
    spam, weights = labels_of(later)
    writings = [lesson.writing for lesson in later]
    return Judged(
        _chances(champion, writings),
        _chances(candidate, writings),
        spam,
        weights,
        kin_of(later),
        [lesson.giver for lesson in later],
    )


def _chances(classifier: Classifier, writings: Sequence[Writing]) -> Numbers:
    return np.array([score.spam for score in classifier.score(writings)], dtype=np.float64)
