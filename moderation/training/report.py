"""What a trial found, as JSON: for the run, for the card, and for the table that a newsroom reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from moderation.domain import Label
from moderation.training.curves import precision_recall, reliability
from moderation.training.gate import Judged
from moderation.training.labels import Lesson
from moderation.training.metrics import evaluate
from moderation.training.trial import Trial


def report_of(trial: Trial, lessons: Sequence[Lesson], *, champion: str, base: str) -> dict[str, Any]:
    """Returns figures only: no text, no name, no address."""
    verdict = trial.verdict
    return {
        "champion": champion,
        "candidate": trial.candidate.classifier.version,
        "base": base,
        "recipe": str(trial.candidate.recipe),
        "recipes": {str(recipe): round(loss, 6) for recipe, loss in trial.candidate.log_loss.items()},
        "labels": counted(lessons),
        "learned": counted(trial.split.earlier),
        "judged": counted(trial.split.later),
        "left_out": trial.split.dropped,
        "learned_until": trial.border.isoformat(),
        "decided": [edge.isoformat() for edge in _decided_between(lessons)],
        "overturned": sum(lesson.overturned for lesson in lessons),
        "sources": sorted(Counter(str(lesson.giver or "feedback") for lesson in lessons).values(), reverse=True),
        "fingerprint": fingerprint_of(lessons),
        "exact_to": trial.candidate.largest_difference,
        "may_serve": verdict.may_serve,
        "findings": [finding.as_json() for finding in verdict.findings],
        "gain": asdict(verdict.gain) if verdict.gain else None,
        "shares": {
            "champion": asdict(verdict.champion) if verdict.champion else None,
            "candidate": asdict(verdict.candidate) if verdict.candidate else None,
        },
        "metrics": _metrics(trial.later),
        "curves": _curves(trial.later),
    }


def counted(lessons: Sequence[Lesson]) -> dict[str, int]:
    """Returns how many lessons there are of each label."""
    return {str(label): sum(lesson.label is label for lesson in lessons) for label in Label}


def fingerprint_of(lessons: Sequence[Lesson]) -> str:
    """Returns a SHA-256 of what was learned from: which comments, with which labels, and what each counts."""
    digest = sha256()
    for lesson in sorted(lessons, key=lambda lesson: lesson.comment.int):
        digest.update(f"{lesson.comment}\0{lesson.label}\0{lesson.weight:.6f}\0".encode())
    return digest.hexdigest()


def _decided_between(lessons: Sequence[Lesson]) -> tuple[Any, Any]:
    moments = [lesson.decided_at for lesson in lessons]
    return min(moments), max(moments)


def _metrics(later: Judged) -> dict[str, object]:
    labels = [Label.SPAM if spam else Label.HAM for spam in later.spam]
    return {
        name: evaluate(labels, [float(x) for x in chance]).as_json()
        for name, chance in (("champion", later.champion), ("candidate", later.candidate))
    }


def _curves(later: Judged) -> dict[str, object]:
    return {
        name: {
            "precision_recall": precision_recall(chance, later.spam, later.weights),
            "reliability": reliability(chance, later.spam, later.weights),
        }
        for name, chance in (("champion", later.champion), ("candidate", later.candidate))
    }
