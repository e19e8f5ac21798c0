"""How many labels make the filter of a site better: `make learning-curve`.

A site is comments of a kind that the common model has not seen: it is fitted on the shipped data without them. At
0, 50, 200, 1,000 and 5,000 labels (as many as there are) three filters judge the same later comments: the common model
as it is, one that has learned from the site alone, and the adapted one, which is what `moderation retrain` makes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from statistics import mean
from uuid import UUID

import numpy as np

from moderation.bundled import bundled_folder
from moderation.domain import Label, Writing
from moderation.scoring import Classifier, load_artifact, save_artifact
from moderation.scoring.artifact import read_artifact
from moderation.scoring.learned import Learned
from moderation.training.adapting import Recipe, fit_recipe
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
    return save_artifact(compiled(fit(make_dataset(kept, weights=WEIGHTS), tolerance=ROUGH)), name="common")


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


def judged(classifier: Classifier, later: Sequence[Lesson]) -> tuple[float, float]:
    """Returns log loss and area under the curve on comments that nobody has learned from."""
    chance = np.array([score.spam for score in classifier.score([lesson.writing for lesson in later])])
    spam = np.array([lesson.is_spam for lesson in later], dtype=np.float64)
    area = evaluate([lesson.label for lesson in later], chance.tolist()).auc
    return float(log_losses(np.clip(chance, 1e-6, 1 - 1e-6), spam).mean()), area or float("nan")


def filters(base: Learned, common: Classifier, lessons: Sequence[Lesson]) -> dict[str, tuple[Classifier, str]]:
    """Returns the three filters, each with its recipe; without both labels there is only the common one."""
    if len({lesson.label for lesson in lessons}) < len(Label):
        return {"common": (common, ""), "alone": (common, ""), "adapted": (common, "")}
    alone = Classifier("alone", compiled(fit_recipe(Recipe.ALONE, base, lessons)))
    made = make_candidate(base, lessons, name="site")
    return {"common": (common, ""), "alone": (alone, ""), "adapted": (made.classifier, str(made.recipe))}


def line_of(most: int, base: Learned, common: Classifier, draws: Sequence[tuple[list[Lesson], list[Lesson]]]) -> str:
    """Returns a line of the table, the means over the draws; a mark stands behind it where the adapted filter is not
    the best or as good."""
    begun = time.perf_counter()
    counts, recipes = [], []
    found: dict[str, list[tuple[float, float]]] = {}
    for earlier, later in draws:
        lessons = earlier[:most]
        counts.append(len(lessons))
        for kind, (classifier, recipe) in filters(base, common, lessons).items():
            found.setdefault(kind, []).append(judged(classifier, later))
            recipes += [recipe] if recipe else []
    means = {kind: (mean(loss for loss, _ in each), mean(area for _, area in each)) for kind, each in found.items()}
    best = means["adapted"][0] <= min(loss for loss, _ in means.values()) + EQUAL
    cells = "".join(f"{f'{loss:.4f} ({area:.4f})':>18}" for loss, area in means.values())
    seconds = (time.perf_counter() - begun) / len(draws)
    return f"{round(mean(counts)):>8,}{cells}{seconds:>10.1f}  {', '.join(recipes)}" + ("" if best else "  !")


def main() -> None:
    """Prints the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 labels at most, one draw")
    quick = parser.parse_args().quick
    points = [point for point in POINTS if point <= 200] if quick else POINTS
    for name, (spam, ham) in SITES.items():
        left_out = [*spam, *(source for source in ham if source not in NEWS)]
        artifact = common_model(left_out)
        common, base = load_artifact(artifact), read_artifact(artifact)[1]
        draws = [site_of(spam, ham, seed=seed) for seed in SEEDS[: 1 if quick else None]]
        print(f"\n{name}: log loss (area under the curve) on {JUDGED} later comments, the mean of {len(draws)} draws")
        print(f"{'labels':>8}{'common':>18}{'site alone':>18}{'adapted':>18}{'seconds':>10}  recipes", flush=True)
        there = max(len(earlier) for earlier, _ in draws)
        last = next((point for point in points if point >= there), points[-1])  # as many as there are, once
        for point in (point for point in points if point <= last):
            print(line_of(point, base, common, draws), flush=True)
    print(f"\n!: the adapted one is worse than another by more than {EQUAL} in log loss.")


if __name__ == "__main__":
    main()
