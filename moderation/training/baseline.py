"""The bundled classifier: fitted on the shipped data, written with its card. The same data gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from moderation.domain import Label
from moderation.scoring.artifact import load_artifact, save_artifact
from moderation.training.accuracy import Accuracy, measure, table
from moderation.training.dataset import COPIES, Example, make_dataset, without_repeats
from moderation.training.pipeline import compiled, fit
from moderation.training.sources import WEIGHTS, bundled_examples

# The number is raised with the recipe; the eight digits behind it in a version come from the bytes.
NAME = "baseline-3"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A bundled classifier that was built: its version, the SHA-256 of its bytes, and where they lie."""

    version: str
    sha256: str
    path: Path


def baseline_bytes(examples: list[Example]) -> bytes:
    """Returns the artifact of the recipe on these examples."""
    dataset = make_dataset(examples, weights=WEIGHTS)
    classifier = fit(dataset)
    recipe = {"texts": len(dataset.texts), "spam": sum(dataset.spam), "C": classifier.strength}
    return save_artifact(compiled(classifier), name=NAME, recipe=recipe)


def build_baseline(models: Path, *, progress: Callable[[str], None] | None = None) -> Baseline:
    """Fits on `models/data` and replaces `baseline.bin`, `baseline.json` and `CARD.md` in `models`.

    Takes some minutes, most of them for the figures of the card; `progress` is told each step. Raises OSError when
    the data is not there or the folder cannot be written.
    """
    tell = progress or (lambda step: None)
    examples = list(bundled_examples(models))
    tell("Fitting on all shipped data")
    data = baseline_bytes(examples)
    accuracy = measure(examples, progress=tell)
    sha256 = hashlib.sha256(data).hexdigest()
    version = load_artifact(data, sha256=sha256).version
    card = card_of(version, sha256, len(data), examples, accuracy)
    # The classifier last: until then the card does not fit it, and a half-built one is refused instead of served.
    _replace(models / "CARD.md", _card_text(card, table(accuracy)).encode())
    _replace(models / "baseline.json", (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode())
    _replace(models / "baseline.bin", data)
    return Baseline(version, sha256, models / "baseline.bin")


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(data)
    temporary.replace(path)


def card_of(version: str, sha256: str, size: int, examples: list[Example], accuracy: Accuracy) -> dict[str, object]:
    """Returns the card: what it is, what it was made of, and how good it is. No dates: it must be reproducible."""
    kept = without_repeats(examples)
    return {
        "version": version,
        "sha256": sha256,
        "bytes": size,
        "recipe": {
            "name": NAME,
            "features": "words and pairs, parts of words, hand-made features; logistic regression (liblinear)",
            "weights": {f"{source} {label}": weight for (source, label), weight in sorted(WEIGHTS.items())},
            "copies_under_attack": {n: {"weight": w, "copies": c} for n, (w, c) in COPIES.items()},
        },
        "data": {
            source: {str(label): sum(e.source == source and e.label is label for e in kept) for label in Label}
            for source in dict.fromkeys(e.source for e in kept)
        },
        "metrics": {
            "leave_one_video_out": _rounded(accuracy.videos.as_json()),
            "caught_under_attack": _rounded(accuracy.caught_under_attack),
            "blocked_news_left_out": _rounded({s: share for s, (_, share) in accuracy.blocked_news.items()}),
        },
    }


def _rounded(figures: Mapping[str, object]) -> dict[str, object]:
    """Four digits: more would say nothing, and would differ between processors."""
    return {
        name: round(v, 4) if isinstance(v, float) else _rounded(v) if isinstance(v, dict) else v
        for name, v in figures.items()
    }


def _card_text(card: dict[str, object], figures: str) -> str:
    template = (Path(__file__).parent / "card.md").read_text(encoding="utf-8")
    return template.format(**card, figures=figures)
