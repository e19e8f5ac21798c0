"""How many labels make the filter of a site better: `make learning-curve`; with `CURVE='--keep FOLDER'` an
interrupted run goes on.

A site is comments of a kind that the common model has not seen: it is fitted on the shipped data without them. At
0, 50, 200, 1,000 and 5,000 labels (as many as there are) three filters judge the same later comments: the common model
as it is, one that has learned from the site alone, and the adapted one, which is what `moderation retrain` makes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from random import Random
from statistics import mean
from typing import Any
from uuid import UUID

import numpy as np

from moderation.bundled import bundled_folder
from moderation.domain import Label, Writing
from moderation.scoring import Classifier, load_artifact, save_artifact
from moderation.scoring.artifact import read_artifact
from moderation.scoring.learned import Learned
from moderation.training.adapting import Recipe, fit_recipe
from moderation.training.baseline import BENDS
from moderation.training.bootstrap import log_losses
from moderation.training.candidate import make_candidate
from moderation.training.clusters import clusters_of
from moderation.training.dataset import Example, make_dataset
from moderation.training.labels import Lesson
from moderation.training.metrics import evaluate
from moderation.training.pipeline import ROUGH, compiled, fit
from moderation.training.sources import NEWS, VIDEOS, WEIGHTS, bundled_examples

POINTS = (0, 50, 200, 1_000, 5_000)
JUDGED = 500
SEEDS = (11, 12, 13)  # of the draws: which comments come later, and which are labelled first
KINDS = ("common", "alone", "adapted")
Figures = dict[str, Any]
EQUAL = 0.005  # of log loss: what 500 comments cannot tell apart
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
# What a site is made of: the spam of one source among ham of others.
SITES = {
    "two videos": (VIDEOS[2:], VIDEOS[2:]),
    "chat spam, another language": (("telegram-spam",), ("telegram-spam", "civil-comments")),
    "messages": (("sms-spam-collection",), ("sms-spam-collection",)),
}
_HAM_EVERY = 8  # of the common model's ham from other places: enough for a curve, and fitted in half a minute


@cache
def examples() -> tuple[Example, ...]:
    """Returns all labelled texts that are shipped."""
    return tuple(bundled_examples(bundled_folder("models")))


def common_model(left_out: Sequence[str]) -> bytes:
    """Returns a common model that has not seen these sources; of newspapers it has seen every eighth comment."""
    seen = [e for e in examples() if e.source not in left_out]
    kept = [e for n, e in enumerate(seen) if e.label is Label.SPAM or e.source in VIDEOS or n % _HAM_EVERY == 0]
    fitted = fit(make_dataset(kept, weights=WEIGHTS), tolerance=ROUGH, bends=BENDS)
    return save_artifact(compiled(fitted), name="common")


def site_of(spam: Sequence[str], ham: Sequence[str], *, seed: int) -> tuple[list[Lesson], list[Lesson]]:
    """Returns the comments of a site, those that can be learned from and those that come later, in an order that has
    nothing to do with their labels. What is nearly the same as a later one is left out: it would be known by heart."""
    found = [e for e in examples() if e.source in (spam if e.label is Label.SPAM else ham)]
    if not set(NEWS).isdisjoint(ham):
        found = [e for n, e in enumerate(found) if e.source not in NEWS or n % _HAM_EVERY]
    Random(seed).shuffle(found)
    lessons = lessons_from(found)
    later = lessons[:JUDGED]
    known = {lesson.cluster for lesson in later}
    return [lesson for lesson in lessons[JUDGED:] if lesson.cluster not in known], later


def lessons_from(labelled: Sequence[Example]) -> list[Lesson]:
    """Returns labels as lessons, each of another author."""
    clusters = clusters_of([example.text for example in labelled])
    return [
        Lesson(
            UUID(int=n), Writing(e.text), e.label, 1.0, UUID(int=n), cluster, None,
            FIRST + timedelta(minutes=n), FIRST + timedelta(minutes=n),
        )
        for n, (e, cluster) in enumerate(zip(labelled, clusters, strict=True))
    ]  # fmt: skip


def judged(classifier: Classifier, later: Sequence[Lesson]) -> tuple[float, float, float]:
    """Returns log loss, area under the curve and calibration error on comments that nobody has learned from."""
    chance = np.array([score.spam for score in classifier.score([lesson.writing for lesson in later])])
    spam = np.array([lesson.is_spam for lesson in later], dtype=np.float64)
    metrics = evaluate([lesson.label for lesson in later], chance.tolist())
    loss = float(log_losses(np.clip(chance, 1e-6, 1 - 1e-6), spam).mean())
    return loss, metrics.auc or float("nan"), metrics.ece or float("nan")


def filters(base: Learned, common: Classifier, lessons: Sequence[Lesson]) -> dict[str, tuple[Classifier, str]]:
    """Returns the three filters, each with its recipe; without both labels there is only the common one."""
    if len({lesson.label for lesson in lessons}) < len(Label):
        return {"common": (common, ""), "alone": (common, ""), "adapted": (common, "")}
    alone = Classifier("alone", compiled(fit_recipe(Recipe.ALONE, base, lessons)))
    made = make_candidate(base, lessons, name="site")
    return {"common": (common, ""), "alone": (alone, ""), "adapted": (made.classifier, str(made.recipe))}


@dataclass(frozen=True)
class Keep:
    """A folder in which what was computed is kept, so that an interrupted run goes on where it stopped."""

    folder: Path

    def common_model(self, name: str, left_out: Sequence[str]) -> bytes:
        """Returns the common model for a site."""
        path = self.folder / f"{name}.model"
        if not path.exists():
            path.write_bytes(common_model(left_out))
        return path.read_bytes()

    def figures(self, name: str, compute: Callable[[], Figures]) -> Figures:
        """Returns what a draw has given."""
        path = self.folder / f"{name}.json"
        if not path.exists():
            path.write_text(json.dumps(compute()), encoding="utf-8")
        found: Figures = json.loads(path.read_text(encoding="utf-8"))
        return found


def figures_of(base: Learned, common: Classifier, lessons: Sequence[Lesson], later: Sequence[Lesson]) -> Figures:
    """Returns of each filter log loss and area, how many labels there were, which recipe was taken, and the seconds."""
    begun = time.perf_counter()
    made = filters(base, common, lessons)
    found = {kind: judged(classifier, later) for kind, (classifier, _) in made.items()}
    return {
        **found,
        "labels": len(lessons),
        "recipe": made["adapted"][1],
        "seconds": time.perf_counter() - begun,
    }


def line_of(draws: Sequence[Figures]) -> str:
    """Returns a line of the table, the means over the draws; a mark stands behind it where the adapted filter is not
    the best or as good."""
    means = {kind: [mean(draw[kind][place] for draw in draws) for place in (0, 1, 2)] for kind in KINDS}
    best = means["adapted"][0] <= min(loss for loss, *_ in means.values()) + EQUAL
    cells = "".join(f"{f'{loss:.4f} ({area:.4f}) {error:.3f}':>24}" for loss, area, error in means.values())
    labels, seconds = (mean(draw[name] for draw in draws) for name in ("labels", "seconds"))
    recipes = ", ".join(draw["recipe"] for draw in draws if draw["recipe"])
    return f"{round(labels):>8,}{cells}{seconds:>10.1f}  {recipes}" + ("" if best else "  !")


def curve(name: str, points: Sequence[int], seeds: Sequence[int], keep: Keep) -> None:
    """Prints the curve of a site."""
    spam, ham = SITES[name]
    artifact = keep.common_model(name, [*spam, *(source for source in ham if source not in NEWS)])
    common, base = load_artifact(artifact), read_artifact(artifact)[1]
    draws = {seed: site_of(spam, ham, seed=seed) for seed in seeds}
    figures = "log loss (area under the curve) calibration error"
    print(f"\n{name}: {figures}, on {JUDGED} later comments, the mean of {len(draws)} draws")
    print(f"{'labels':>8}{'common':>24}{'site alone':>24}{'adapted':>24}{'seconds':>10}  recipes", flush=True)
    there = max(len(earlier) for earlier, _ in draws.values())
    last = next((point for point in points if point >= there), points[-1])  # as many as there are, once
    for point in (point for point in points if point <= last):
        found = [
            keep.figures(f"{name}-{seed}-{point}", partial(figures_of, base, common, earlier[:point], later))
            for seed, (earlier, later) in draws.items()
        ]
        print(line_of(found), flush=True)


def main() -> None:
    """Prints the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 labels at most, one draw")
    parser.add_argument("--keep", type=Path, help="a folder for what was computed: an interrupted run goes on there")
    chosen = parser.parse_args()
    points = [point for point in POINTS if point <= 200] if chosen.quick else POINTS
    with tempfile.TemporaryDirectory() as folder:
        keep = Keep(chosen.keep or Path(folder))
        keep.folder.mkdir(parents=True, exist_ok=True)
        for name in SITES:
            curve(name, points, SEEDS[: 1 if chosen.quick else None], keep)
    print(f"\n!: the adapted one is worse than another by more than {EQUAL} in log loss.")


if __name__ == "__main__":
    main()
