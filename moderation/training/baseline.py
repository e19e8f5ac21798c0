"""The bundled classifier: fitted on the shipped data, written with its card. The same data gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moderation.scoring.artifact import load_artifact, save_artifact
from moderation.scoring.calibration import Bends
from moderation.training.card import card_of, card_text, figures_for
from moderation.training.dataset import Example, make_dataset
from moderation.training.datasheet import counted, datasheet_text
from moderation.training.pipeline import compiled, fit
from moderation.training.sources import WEIGHTS, bundled_examples

# What a logit means: below 0, only 65 hundredths of it. Among what looks genuine there is more spam than so sure a
# classifier would have it: one label of a hundred is wrong, and some spam is like nothing that was seen. What looks
# like spam is spam as often as it says. Of slopes, this is the steepest with which the probabilities of videos are
# right to two hundredths. No comment changes its place among others, or its side of one half.
BENDS: Bends = ((-40.0, -26.0), (0.0, 0.0))
# The number is raised with the recipe; the eight digits behind it in a version come from the bytes.
NAME = "baseline-8"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A bundled classifier that was built: its version, the SHA-256 of its bytes, and where they lie."""

    version: str
    sha256: str
    path: Path


def baseline_bytes(examples: Sequence[Example]) -> bytes:
    """Returns the artifact of the recipe on these examples."""
    dataset = make_dataset(examples, weights=WEIGHTS)
    classifier = fit(dataset, bends=BENDS)
    recipe = {"texts": len(dataset.texts), "spam": sum(dataset.spam), "C": classifier.strength}
    return save_artifact(compiled(classifier), name=NAME, recipe=recipe)


def build_baseline(models: Path, *, progress: Callable[[str], None] | None = None) -> Baseline:
    """Fits on `models/data` and replaces the classifier, its card and the data sheet in `models`.

    Takes about a minute; `progress` is told each step. The figures of the card are those of `accuracy.json`, which
    takes longer to make. Raises OSError when the data is not there or the folder cannot be written.
    """
    tell = progress or (lambda step: None)
    examples = list(bundled_examples(models))
    tell("Fitting on all shipped data")
    data = baseline_bytes(examples)
    sha256 = hashlib.sha256(data).hexdigest()
    version = load_artifact(data, sha256=sha256).version
    tell("Writing the card and the data sheet")
    card = card_of(NAME, version, sha256, len(data), examples, figures_for(models, NAME, examples))
    sheet = counted(examples)
    # The classifier last: until then the card does not fit it, and a half-built one is refused instead of served.
    for name, content in (
        ("datasheet.json", _json(sheet)),
        ("DATASHEET.md", datasheet_text(sheet).encode()),
        ("CARD.md", card_text(card).encode()),
        ("baseline.json", _json(card)),
        ("baseline.bin", data),
    ):
        _replace(models / name, content)
    return Baseline(version, sha256, models / "baseline.bin")


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(data)
    temporary.replace(path)
