"""Curves as points of a picture, 100 wide and 100 high, with the origin below on the left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moderation.domain import TrainingRun

SIZE = 100


@dataclass(frozen=True, slots=True)
class Curve:
    """A line: what it is of (`champion` or `candidate`), and its points as SVG wants them."""

    kind: str
    points: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A run on the line of learning: how many labels there were, and how good candidate and champion were."""

    run: TrainingRun
    labels: int
    champion: float
    candidate: float
    x: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two bars beside each other: shares of the scores in one tenth, before and lately, in percent of the highest."""

    low: int
    before: float
    lately: float


def precision_recall(card: Mapping[str, Any]) -> list[Curve]:
    """Returns precision (upwards) by recall."""
    return [_curve(kind, curves["precision_recall"]) for kind, curves in _curves(card)]


def reliability(card: Mapping[str, Any]) -> list[Curve]:
    """Returns what was so (upwards) by what was said."""
    return [_curve(kind, curves["reliability"]) for kind, curves in _curves(card)]


def milestones(runs: Sequence[TrainingRun]) -> list[Milestone]:
    """Returns runs that were judged, oldest first, by the area under their curves."""
    found = [run for run in reversed(runs) if _area(run, "candidate") is not None]
    last = max(1, len(found) - 1)
    return [
        Milestone(
            run,
            sum(_report(run)["labels"].values()),
            _area(run, "champion") or 0.0,
            _area(run, "candidate") or 0.0,
            round(SIZE * number / last, 2),
        )
        for number, run in enumerate(found)
    ]


def learning(found: Sequence[Milestone]) -> list[Curve]:
    """Returns the area under the curve over the runs; the picture begins at one half, which is chance."""
    lines = {"champion": [m.champion for m in found], "candidate": [m.candidate for m in found]}
    return [
        Curve(
            kind,
            " ".join(
                f"{m.x:g},{SIZE * (1 - max(0.0, 2 * value - 1)):.2f}" for m, value in zip(found, values, strict=True)
            ),
        )
        for kind, values in lines.items()
    ]


def pairs(before: Sequence[int], lately: Sequence[int]) -> list[Pair]:
    """Returns scores by tenths; heights grow with the root of what they stand for, so that few are seen beside many."""
    shares = [[count / (sum(counts) or 1) for count in counts] for counts in (before, lately)]
    most = max(max(part) for part in shares) or 1
    tenth = SIZE // len(before)
    return [
        Pair(number * tenth, *(round(SIZE * (share / most) ** 0.5, 2) for share in both))
        for number, both in enumerate(zip(*shares, strict=True))
    ]


def _curve(kind: str, points: Sequence[Sequence[float]]) -> Curve:
    return Curve(kind, " ".join(f"{SIZE * point[0]:.2f},{SIZE * (1 - point[1]):.2f}" for point in points))


def _curves(card: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(kind, card["curves"][kind]) for kind in ("champion", "candidate")] if card.get("curves") else []


def _report(run: TrainingRun) -> Mapping[str, Any]:
    return run.report


def _area(run: TrainingRun, kind: str) -> float | None:
    metrics = _report(run).get("metrics")
    value = metrics[kind]["auc"] if metrics else None
    return float(value) if value is not None else None
