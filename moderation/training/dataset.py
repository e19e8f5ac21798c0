"""Labelled texts become what is fitted: no repeats, a disguised copy of each spam, and weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from moderation.domain import Label
from moderation.training.attacks import attacked

# A copy counts for less than the text that was really sent. There are no copies that hide spam in a genuine comment:
# they catch more padded spam (0.81 instead of 0.69) but double the genuine news comments that are blocked.
ATTACKED_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text. `source` names where it comes from, so that whole sources can be left out."""

    text: str
    label: Label
    source: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is fitted: texts, 1 for spam and 0 for ham, and what each counts; three lists of one length."""

    texts: list[str] = field(default_factory=list)
    spam: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, text: str, spam: int, weight: float) -> None:
        """Adds one text."""
        self.texts.append(text)
        self.spam.append(spam)
        self.weights.append(weight)


def _key(text: str) -> str:
    # U+FEFF ends most texts of one source and says more about its label than about spam.
    return " ".join(text.replace("\ufeff", " ").split())


def trimmed(example: Example) -> Example:
    """Returns the example without white space and U+FEFF at the ends of its text."""
    return replace(example, text=example.text.strip("\ufeff \t\r\n"))


def without_repeats(examples: Iterable[Example]) -> list[Example]:
    """Returns the first example of each text, with its ends trimmed; what shows nothing is left out."""
    first: dict[str, Example] = {}
    for example in examples:
        key = _key(example.text)
        if key:
            first.setdefault(key, trimmed(example))
    return list(first.values())


def make_dataset(
    examples: Iterable[Example], *, weights: Mapping[tuple[str, Label], float] | None = None, seed: int = 0
) -> Dataset:
    """Returns what to fit on these examples; the same examples and seed always give the same.

    `weights` says what a text counts by its source and label; 1 where it says nothing. Each spam is joined by a copy
    under an attack.
    """
    kept = without_repeats(examples)
    counts = weights or {}
    random = Random(seed)  # noqa: S311  chance that can be repeated, not a secret
    dataset = Dataset()
    for example in kept:
        weight = counts.get((example.source, example.label), 1.0)
        dataset.add(example.text, int(example.label is Label.SPAM), weight)
        if example.label is Label.SPAM:
            dataset.add(attacked(example.text, random), 1, weight * ATTACKED_WEIGHT)
    return dataset
