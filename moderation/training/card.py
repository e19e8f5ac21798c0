"""The model card: what the classifier is for, how good it is and for whom, and where it fails; for people and programs.

No dates: the same data and recipe give the same card.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from moderation.domain import Label
from moderation.training.dataset import COPIES, Example, fingerprint, without_repeats
from moderation.training.datasheet import table
from moderation.training.sources import WEIGHTS

Figures = Mapping[str, Any]

_USE = {
    "intended": "To tell spam from genuine comments below news articles, for people who decide what is doubtful.",
    "not_intended": "To judge insults, hate or truth; to reject alone, without a person who can be asked; other texts "
    "than comments.",
}
_LIMITS = (
    "Spam of a genre that it has not seen is mostly not caught, until moderators have labelled some dozens.",
    "Real ham is mostly English and German, of fifteen more languages some sentences were made up: check the "
    "thresholds for yours.",
    "A comment that is nothing but a link can look like spam.",
    "Genuine text around a spam still hides some of it.",
    "Labels of the sources are wrong for about one text in a hundred.",
)
_NOT_MEASURED = "Not measured for this recipe and data: run `make accuracy`, then `make baseline`."


def figures_for(models: Path, recipe: str, examples: Sequence[Example]) -> Figures | None:
    """Returns the figures of `accuracy.json`; None when there are none of this recipe on these examples."""
    path = models / "accuracy.json"
    measured = json.loads(path.read_bytes()) if path.is_file() else {}
    if (measured.get("recipe"), measured.get("data")) != (recipe, fingerprint(examples)):
        return None
    figures: Figures = measured["figures"]
    return figures


def card_of(
    recipe: str, version: str, sha256: str, size: int, examples: Sequence[Example], figures: Figures | None
) -> dict[str, Any]:
    """Returns the card as JSON: `metrics` are figures with their 95 % intervals, by name; None if not measured."""
    kept = without_repeats(examples)
    return {
        "version": version,
        "sha256": sha256,
        "bytes": size,
        "use": _USE,
        "limits": list(_LIMITS),
        "recipe": {
            "name": recipe,
            "features": "words and pairs, parts of words, hand-made features; logistic regression (liblinear)",
            "judged": "the whole text, each run of eight words, the author's name with the link; the highest counts",
            "weights": {f"{source} {label}": weight for (source, label), weight in sorted(WEIGHTS.items())},
            "copies_under_attack": {n: {"weight": w, "copies": c} for n, (w, c) in COPIES.items()},
        },
        "data": {
            source: {str(label): sum(e.source == source and e.label is label for e in kept) for label in Label}
            for source in dict.fromkeys(e.source for e in kept)
        },
        "data_sha256": fingerprint(examples),
        "metrics": figures and {name: figures[name] for name in ("left_out", "in_parts", "day_one", "genres")},
        "slices": figures and figures["slices"],
        "rebuild": "make baseline",
    }


def card_text(card: Mapping[str, Any]) -> str:
    """Returns the card as Markdown."""
    template = (Path(__file__).parent / "card.md").read_text(encoding="utf-8")
    limits = "\n".join(f"- {limit}" for limit in card["limits"])
    return template.format(**{**card, "limits": limits}, figures=_figures(card), by_slices=_slices(card))


def _figures(card: Mapping[str, Any]) -> str:
    metrics = card["metrics"]
    return table(("Figure", "Value", "95 % interval"), _rows(metrics)) if metrics else _NOT_MEASURED


def _rows(metrics: Figures) -> Iterator[tuple[str, str, str]]:
    left_out = metrics["left_out"]
    yield _row("One video left out: accuracy", left_out["accuracy"])
    yield _row("… area under the curve (AUC)", left_out["auc"])
    yield _row("… spam caught with 1 % of ham blocked", left_out["recall_at_1_percent"])
    yield _row("… calibration error (ECE)", left_out["ece"])
    yield _row("In domain: calibration error (ECE)", metrics["in_parts"]["ece"])
    for news, by_recipe in metrics["day_one"].items():
        ours = by_recipe["ours"]
        yield _row(f"{news} and a video left out: genuine comments above one half", ours["false_alarms"])
        yield _row("… spam caught with 1 % of them blocked", ours["recall_at_1_percent"])
        yield _row("… spam caught with 0.1 % of them blocked", ours["recall_at_0.1_percent"])
    for genre, figures in metrics["genres"].items():
        yield _row(f"{genre} left out: spam caught with 1 % of news comments blocked", figures["recall_at_1_percent"])


def _slices(card: Mapping[str, Any]) -> str:
    rows = [
        (cut if first else "", *_row(name, figure), f"{figure['n']:,}")
        for cut, figures in (card["slices"] or {}).items()
        for first, (name, figure) in zip([True, *[False] * len(figures)], figures.items(), strict=False)
    ]
    return table(("Cut by", "Slice", "Above one half", "95 % interval", "Comments"), rows) if rows else _NOT_MEASURED


def _row(name: str, figure: Mapping[str, float]) -> tuple[str, str, str]:
    return name, f"{figure['value']:.4f}", f"{figure['low']:.4f}–{figure['high']:.4f}"
