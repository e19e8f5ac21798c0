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
from moderation.training.dataset import Example, make_dataset
from moderation.training.labels import Lesson
from moderation.training.metrics import evaluate
from moderation.training.pipeline import ROUGH, compiled, fit
from moderation.training.sources import NEWS, VIDEOS, WEIGHTS, bundled_examples

POINTS = (0, 50, 200, 1_000, 5_000)
JUDGED = 500
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


def site_of(spam: Sequence[str], ham: Sequence[str]) -> list[Example]:
    """Returns the comments of a site, in an order that has nothing to do with their labels."""
    found = [e for e in examples() if e.source in (spam if e.label is Label.SPAM else ham)]
    if not set(NEWS).isdisjoint(ham):
        found = [e for n, e in enumerate(found) if e.source not in NEWS or n % _HAM_EVERY]
    Random(11).shuffle(found)
    return found


def lessons_from(labelled: Sequence[Example]) -> list[Lesson]:
    """Returns labels as lessons, each of another author."""
    return [
        Lesson(
            UUID(int=n), Writing(e.text), e.label, 1.0, UUID(int=n), n, None,
            FIRST + timedelta(minutes=n), FIRST + timedelta(minutes=n),
        )
        for n, e in enumerate(labelled)
    ]  # fmt: skip


def judged(classifier: Classifier, later: Sequence[Example]) -> tuple[float, float]:
    """Returns log loss and area under the curve on comments that nobody has learned from."""
    chance = np.array([score.spam for score in classifier.score([Writing(e.text) for e in later])])
    spam = np.array([e.label is Label.SPAM for e in later], dtype=np.float64)
    area = evaluate([e.label for e in later], chance.tolist()).auc
    return float(log_losses(np.clip(chance, 1e-6, 1 - 1e-6), spam).mean()), area or float("nan")


def filters(base: Learned, common: Classifier, lessons: Sequence[Lesson]) -> dict[str, Classifier]:
    """Returns the three filters; without both labels there is only the common one."""
    if len({lesson.label for lesson in lessons}) < len(Label):
        return {"common": common, "adapted": common}
    alone = Classifier("alone", compiled(fit_recipe(Recipe.ALONE, base, lessons)))
    return {"common": common, "alone": alone, "adapted": make_candidate(base, lessons, name="site").classifier}


def line_of(count: int, base: Learned, common: Classifier, earlier: Sequence[Example], later: Sequence[Example]) -> str:
    """Returns a line of the table; a mark stands behind it where the adapted filter is not the best or as good."""
    begun = time.perf_counter()
    made = filters(base, common, lessons_from(earlier[:count]))
    found = {kind: judged(each, later) for kind, each in made.items()}
    shown = [f"{found[k][0]:.4f} ({found[k][1]:.4f})" if k in found else "–" for k in ("common", "alone", "adapted")]
    best = found["adapted"][0] <= min(loss for loss, _ in found.values()) + EQUAL
    cells = "".join(f"{each:>18}" for each in shown)
    return f"{count:>8}{cells}{time.perf_counter() - begun:>10.1f}" + ("" if best else "  !")


def main() -> None:
    """Prints the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 labels at most")
    most = 200 if parser.parse_args().quick else POINTS[-1]
    for name, (spam, ham) in SITES.items():
        left_out = [*spam, *(source for source in ham if source not in NEWS)]
        artifact = common_model(left_out)
        common, base = load_artifact(artifact), read_artifact(artifact)[1]
        comments = site_of(spam, ham)
        later, earlier = comments[:JUDGED], comments[JUDGED:]
        print(f"\n{name}: log loss (area under the curve) on {len(later)} later comments")
        print(f"{'labels':>8}{'common':>18}{'site alone':>18}{'adapted':>18}{'seconds':>10}")
        for count in sorted({min(point, most, len(earlier)) for point in POINTS}):
            print(line_of(count, base, common, earlier, later))
    print("\n!: the adapted one is worse than another by more than 0.005 in log loss.")


if __name__ == "__main__":
    main()
