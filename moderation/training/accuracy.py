"""How good the recipe is on sources that it has not seen: `python -m moderation.training.accuracy [--quick]`.

Whole sources are left out, never random comments: the data holds repeats and threads, and random splits would leak.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from moderation.domain import Label, Writing
from moderation.scoring.artifact import load_artifact, save_artifact
from moderation.scoring.classifier import Classifier
from moderation.training.attacks import ATTACKS, padded
from moderation.training.dataset import Example, make_dataset, trimmed
from moderation.training.metrics import THRESHOLD, Metrics, evaluate
from moderation.training.pipeline import FINE, ROUGH, compiled, fit
from moderation.training.sources import NEWS, VIDEOS, WEIGHTS

Progress = Callable[[str], None]

# Sources of news comments that are left out together, and the one of them that is judged.
NEWS_LEFT_OUT = (("civil-comments", ("civil-comments", "civil-comments-rude")), ("fox-news-comments", NEWS[2:]))
# The quick form thins out the ham that is plenty.
_THINNED = ("civil-comments-rude", "wikipedia-talk", "germeval-2018", "sms-spam-collection")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What the table shows. Shares in [0, 1]."""

    videos: Metrics
    caught_under_attack: dict[str, float]
    blocked_news: dict[str, tuple[int, float]]  # by source: comments judged, and the share that scored above one half


def train(examples: Iterable[Example], *, tolerance: float = FINE) -> Classifier:
    """Returns a classifier fitted on these examples with the recipe of the bundled one; see `build_pipeline`."""
    dataset = make_dataset(examples, weights=WEIGHTS)
    return load_artifact(
        save_artifact(compiled(fit(dataset, tolerance=tolerance, reproducible=False)), name="candidate")
    )


def thinned(examples: Iterable[Example], *, keep_every: int = 4) -> list[Example]:
    """Returns the examples with only some of the ham that decides little: enough to show that something broke."""
    kept = []
    for index, example in enumerate(examples):
        if example.label is Label.SPAM or example.source not in _THINNED or index % keep_every == 0:
            kept.append(example)
    return kept


def _share_called_spam(classifier: Classifier, texts: Sequence[str]) -> tuple[int, float]:
    return len(texts), sum(score.spam > THRESHOLD for score in classifier.score([*map(Writing, texts)])) / len(texts)


def measure(
    examples: Iterable[Example], *, progress: Progress = lambda step: None, tolerance: float = FINE
) -> Accuracy:
    """Fits once for each source that is left out, and judges on it. `progress` is told each step."""
    kept = list(map(trimmed, examples))
    videos, caught = judge_videos(kept, progress=progress, tolerance=tolerance)
    return Accuracy(videos, caught, judge_news(kept, progress=progress, tolerance=tolerance))


def judge_videos(
    examples: Iterable[Example], *, progress: Progress = lambda step: None, tolerance: float = FINE
) -> tuple[Metrics, dict[str, float]]:
    """Leaves out one video after the other; returns the figures of all together, and of their spam under each attack
    the share that is caught."""
    kept = list(map(trimmed, examples))
    labels: list[Label] = []
    scores: list[float] = []
    caught: dict[str, list[float]] = {}
    for video in VIDEOS:
        progress(f"Leaving out {video}")
        classifier = train((e for e in kept if e.source != video), tolerance=tolerance)
        judged = [e for e in kept if e.source == video]
        labels += [e.label for e in judged]
        scores += [s.spam for s in classifier.score([Writing(e.text) for e in judged])]
        for attack, texts in _under_attack(judged, kept).items():
            caught.setdefault(attack, []).extend(s.spam for s in classifier.score([*map(Writing, texts)]))
    return evaluate(labels, scores), {
        a: sum(v > THRESHOLD for v in values) / len(values) for a, values in caught.items()
    }


def judge_news(
    examples: Iterable[Example], *, progress: Progress = lambda step: None, tolerance: float = FINE
) -> dict[str, tuple[int, float]]:
    """Leaves out one newspaper source after the other; returns `Accuracy.blocked_news`."""
    kept = list(map(trimmed, examples))
    blocked = {}
    for judged_source, left_out in NEWS_LEFT_OUT:
        progress(f"Leaving out {judged_source}")
        classifier = train((e for e in kept if e.source not in left_out), tolerance=tolerance)
        blocked[judged_source] = _share_called_spam(classifier, [e.text for e in kept if e.source == judged_source])
    return blocked


def _under_attack(judged: Sequence[Example], examples: Sequence[Example]) -> dict[str, list[str]]:
    """Returns the spam of a video under each attack, and hidden in front of or behind a news comment."""
    random = Random(1)  # noqa: S311  another seed than in training, and no secret
    spam = [e.text for e in judged if e.label is Label.SPAM]
    ham = [e.text for e in examples if e.source == "fox-news-comments"]
    under = {name: [attack(text, random) for text in spam] for name, attack in ATTACKS.items()}
    return under | {"padding": [padded(text, random.choice(ham), random) for text in spam]}


def table(accuracy: Accuracy) -> str:
    """Returns the figures as the lines of a Markdown table."""
    videos = accuracy.videos
    rows = [
        ("Leave one video out: accuracy", f"{videos.accuracy:.4f}"),
        ("… AUC", f"{videos.auc:.4f}"),
        ("… MCC", f"{videos.mcc:.3f}"),
        *((f"… spam caught with {float(s):.1%} of ham blocked", f"{r:.3f}") for s, r in videos.recall_at_fpr.items()),
        ("… Brier score", f"{videos.brier:.4f}"),
        ("… calibration error (ECE)", f"{videos.ece:.4f}"),
        *((f"… spam caught at 0.5 under {a}", f"{r:.3f}") for a, r in accuracy.caught_under_attack.items()),
        *((f"{s} left out: share of {n} above 0.5", f"{r:.2%}") for s, (n, r) in accuracy.blocked_news.items()),
    ]
    return "\n".join(["| Figure | Value |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def main(arguments: Sequence[str]) -> None:
    """Prints the table for the shipped data."""
    from moderation.bundled import bundled_folder
    from moderation.training.sources import bundled_examples

    examples = list(bundled_examples(bundled_folder("models")))
    quick = "--quick" in arguments
    accuracy = measure(
        thinned(examples) if quick else examples,
        progress=lambda step: print(step, file=sys.stderr),  # noqa: T201
        tolerance=ROUGH if quick else FINE,
    )
    print(table(accuracy))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
