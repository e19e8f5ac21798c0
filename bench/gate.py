"""How often the gate lets a candidate pass that is better, as good, worse or poisoned: `python -m bench.gate`.

A site is comments of a kind that the common model has not seen, as in `learning_curve.py`. A champion has learned from
half of its labels; each candidate is judged beside it ten thousand times, on a hundred later comments that are drawn
anew each time and labelled truly, by the rules and margins of `moderation retrain`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import click
import numpy as np

from bench.learning_curve import SITES, Keep, site_of
from bench.tables import markdown
from moderation.bundled import bundled_folder
from moderation.domain import Label
from moderation.scoring import Classifier
from moderation.scoring.artifact import read_artifact
from moderation.scoring.learned import Learned
from moderation.training.bootstrap import Numbers, log_losses
from moderation.training.candidate import labels_of, make_candidate
from moderation.training.gate import Judged, judge
from moderation.training.labels import Lesson
from moderation.training.reference import PlainCase, reference_cases
from moderation.training.sources import NEWS

DRAWS = 10_000
DRAWN = 100
# Thresholds of a site that has set nothing.
APPROVE_BELOW, REJECT_ABOVE = 0.3, 0.95
FLIPPED = (0.03, 0.2)
# What is asked of a candidate whose log loss is so much lower: to pass in four of five draws.
BETTER_BY = 0.05
OTHER = {Label.SPAM: Label.HAM, Label.HAM: Label.SPAM}


@dataclass(frozen=True)
class Chances:
    """What a classifier says, as P(spam), of the later comments and of the plain cases."""

    later: Numbers
    plain: Numbers


def chances(classifier: Classifier, later: Sequence[Lesson], cases: Sequence[PlainCase]) -> Chances:
    """Asks a classifier."""
    of_later, of_cases = (
        np.array([score.spam for score in classifier.score(texts)])
        for texts in ([lesson.writing for lesson in later], [case.writing for case in cases])
    )
    return Chances(of_later, of_cases)


def flipped(lessons: Sequence[Lesson], share: float) -> list[Lesson]:
    """Returns lessons of which a share is labelled wrongly."""
    wrong = set(Random(7).sample(range(len(lessons)), round(share * len(lessons))))
    return [replace(each, label=OTHER[each.label]) if n in wrong else each for n, each in enumerate(lessons)]


def blended(champion: Chances, better: Chances, share: float) -> Chances:
    """Returns what would be said by a classifier between two, in logits."""
    pairs = ((champion.later, better.later), (champion.plain, better.plain))
    mixed = [(1 - share) * _logits(one) + share * _logits(other) for one, other in pairs]
    return Chances(*(1 / (1 + np.exp(-each)) for each in mixed))


def _logits(chance: Numbers) -> Numbers:
    inside = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def better_by(share: float, champion: Chances, better: Chances, spam: Numbers) -> Chances:
    """Returns the blend whose log loss is lower by a share; the better one itself if it is not better by so much."""
    goal = (1 - share) * log_losses(champion.later, spam).mean()
    blends = (blended(champion, better, part) for part in np.linspace(0.01, 1.0, 100))
    return next((blend for blend in blends if log_losses(blend.later, spam).mean() <= goal), better)


def candidates_of(
    base: Learned, earlier: Sequence[Lesson], later: Sequence[Lesson], cases: Sequence[PlainCase]
) -> Iterator[tuple[str, Chances]]:
    """Yields the champion and all candidates, each with what it is."""
    half, rest = earlier[::2], earlier[1::2]

    def made(lessons: Sequence[Lesson]) -> Chances:
        return chances(make_candidate(base, lessons, name="site").classifier, later, cases)

    champion, better = made(half), made(earlier)
    yield "champion", champion
    yield "as many other labels", made(rest)
    yield "twice as many labels", better
    yield f"log loss {BETTER_BY:.0%} lower", better_by(BETTER_BY, champion, better, labels_of(later)[0])
    yield "a third of the labels", made(half[::3])
    for share in FLIPPED:
        yield f"{share:.0%} of its labels flipped", made(flipped(half, share))


def promoted(
    champion: Chances, candidate: Chances, later: Sequence[Lesson], plain: Numbers, draws: int
) -> Counter[str]:
    """Returns how often a candidate passes, and how often each rule alone or with others stops it."""
    spam, weights = labels_of(later)
    reference = Judged(
        champion.plain, candidate.plain, plain, np.ones(len(plain)), range(len(plain)), [None] * len(plain)
    )
    random, found = np.random.default_rng(23), Counter[str]()
    with click.progressbar(range(draws), label="Drawing", file=sys.stderr) as bar:
        for _ in bar:
            drawn = random.choice(len(later), DRAWN, replace=False)
            judged = Judged(
                champion.later[drawn], candidate.later[drawn], spam[drawn], weights[drawn],
                [later[n].cluster for n in drawn], [None] * DRAWN,
            )  # fmt: skip
            verdict = judge(judged, reference, approve_below=APPROVE_BELOW, reject_above=REJECT_ABOVE)
            found.update({"promoted"} if verdict.may_serve else {finding.rule for finding in verdict.broken})
    return found


def rows_of(name: str, draws: int, keep: Keep) -> Iterator[list[str]]:
    """Yields the lines of a site."""
    spam_of, ham_of = SITES[name]
    artifact = keep.common_model(name, [*spam_of, *(source for source in ham_of if source not in NEWS)])
    base = read_artifact(artifact)[1]
    earlier, later = site_of(spam_of, ham_of, seed=11)
    cases = reference_cases(bundled_folder("models"))
    plain = np.array([case.label is Label.SPAM for case in cases], dtype=np.float64)
    spam, _ = labels_of(later)
    made = dict(candidates_of(base, earlier[:400], later, cases))
    champion = made.pop("champion")
    before = log_losses(champion.later, spam).mean()
    for kind, candidate in made.items():
        found = promoted(champion, candidate, later, plain, draws)
        passed = found.pop("promoted", 0)
        stops = ", ".join(f"{rule} {count / draws:.0%}" for rule, count in found.most_common(3))
        loss = log_losses(candidate.later, spam).mean()
        yield [name, kind, f"{before:.4f}", f"{loss:.4f}", f"{passed:,}", f"{passed / draws:.2%}", stops]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--sites", nargs="+", choices=list(SITES), default=list(SITES))
    parser.add_argument("--keep", type=Path, help="a folder for the common models")
    chosen = parser.parse_args()
    columns = ["site", "candidate", "champion's log loss", "its log loss", "promoted", "share", "stopped by"]
    with tempfile.TemporaryDirectory() as folder:
        keep = Keep(chosen.keep or Path(folder))
        keep.folder.mkdir(parents=True, exist_ok=True)
        rows = [row for name in chosen.sites for row in rows_of(name, chosen.draws, keep)]
    print(markdown(columns, rows))


if __name__ == "__main__":
    main()
