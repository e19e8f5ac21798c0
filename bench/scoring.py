"""What the score of a comment costs, alone, in batches and with its reasons, beside the same pipeline in scikit-learn.

The comments are real ones of news sites, as long as such comments are in the middle, each with a name and a link. They
are measured three times: by a classifier that has just been loaded, by one that has read thousands of others, and again
when it has seen these very ones. Then the same recipe is fitted, and both forms must give the same probabilities.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.tables import markdown
from moderation.bundled import bundled_folder
from moderation.domain import Writing
from moderation.scoring import Classifier, load_artifact, load_bundled, save_artifact
from moderation.training.dataset import Example, make_dataset
from moderation.training.sources import NEWS, WEIGHTS, bundled_examples

NEWS_LENGTH = 191  # characters: what news comments have in the middle
BATCH = 64
GROUP = 10 * BATCH  # comments that are measured at once
TOLERANCE = 1e-9
_QUICK = 20  # of so many texts, one is fitted
_WARMING = 6_000
_NAMES = ("Ana", "John Smith", "Heike M.", "Bo Larsen", "marie72", "Concerned Citizen", "R. Okafor")
_PAGES = ("https://{}.example.com", "http://{}-blog.example.org/about", "https://www.{}.example.net/", "{}.example.com")
_LONG = 20_000

Score = Callable[[Sequence[Writing]], Any]


@dataclass(frozen=True)
class Groups:
    """Comments of news sites, each in one group only; `others` are read to get to know words."""

    first: list[Writing]
    alone: list[Writing]
    batches: list[Writing]
    explained: list[Writing]
    others: list[Writing]


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench/scoring.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"fit on one text of {_QUICK} only")
    return parser.parse_args(arguments)


def main() -> int:
    """Measures and prints; 1 if the two forms differ."""
    chosen, models = options(), bundled_folder("models")
    examples = [*bundled_examples(models)]
    groups = _groups(examples)
    gc.freeze()  # as the service does once it is up
    classifier = load_bundled(models)
    ours = [*_rows(classifier, groups)]
    fitted, compiled = _fitted(examples[:: _QUICK if chosen.quick else 1])
    print(markdown(("µs a comment, median", "just loaded", "new", "seen"), [*ours, *_rows_of(fitted, groups)]))
    print("\n" + markdown(("", "measured", "aim"), _others(classifier, models)))
    difference = _difference(compiled, fitted, groups)
    print(f"\nLargest difference of a probability to the fitted pipeline: {difference:.1e}")
    return 0 if difference <= TOLERANCE else 1


def _groups(examples: Sequence[Example]) -> Groups:
    news = [example.text for example in examples if example.source in NEWS]
    nearest = sorted(news, key=lambda text: abs(len(text) - NEWS_LENGTH))
    chosen, others = nearest[: 4 * GROUP], nearest[4 * GROUP :]
    for texts in (chosen, others):
        Random(1).shuffle(texts)
    writings = [_writing(text, number) for number, text in enumerate(chosen)]
    groups = [writings[start : start + GROUP] for start in range(0, len(writings), GROUP)]
    return Groups(*groups, others=[_writing(text, -number) for number, text in enumerate(others[:_WARMING], 1)])


def _writing(text: str, number: int) -> Writing:
    word = text.split()[0].strip(".,!?\"'").lower() or "page"
    page = _PAGES[number % len(_PAGES)].format(f"{word}{number % 50 or ''}")
    return Writing(text, _NAMES[number % len(_NAMES)], page, "daily-planet.example.com")


def _rows(classifier: Classifier, groups: Groups) -> Iterator[list[str]]:
    """Yields the rows of ours, in the order in which they must be measured."""

    def explain(writings: Sequence[Writing]) -> None:
        classifier.score_and_explain(writings[0])

    loaded = _each(classifier.score, groups.first)
    classifier.score(groups.others)
    kinds: list[tuple[str, Callable[[Score, Sequence[Writing]], float], Score, list[Writing], str]] = [
        ("ours, alone (aim 150)", _each, classifier.score, groups.alone, f"{loaded:.0f}"),
        (f"ours, batches of {BATCH} (aim 60)", _in_batches, classifier.score, groups.batches, ""),
        ("ours, score and reasons (aim 250)", _each, explain, groups.explained, ""),
    ]
    for name, measured, score, writings, just_loaded in kinds:
        new = measured(score, writings)
        yield [name, just_loaded, f"{new:.0f}", f"{min(measured(score, writings) for _ in range(5)):.0f}"]


def _rows_of(fitted: Any, groups: Groups) -> Iterator[list[str]]:
    """Yields the rows of scikit-learn, which remembers nothing."""
    alone = _each(fitted.predict_proba, groups.alone[:BATCH])
    yield ["scikit-learn, alone", "", f"{alone:.0f}", f"{alone:.0f}"]
    batches = _in_batches(fitted.predict_proba, groups.batches)
    yield [f"scikit-learn, batches of {BATCH}", "", f"{batches:.0f}", f"{batches:.0f}"]


def _each(score: Score, writings: Sequence[Writing]) -> float:
    """Returns the microseconds of one comment that is scored alone."""
    return median(_seconds(score, [writing]) for writing in writings) * 1e6


def _in_batches(score: Score, writings: Sequence[Writing]) -> float:
    """Returns the microseconds of one comment in a batch."""
    batches = [writings[start : start + BATCH] for start in range(0, len(writings), BATCH)]
    return median(_seconds(score, batch) for batch in batches) * 1e6 / BATCH


def _seconds(score: Score, writings: Sequence[Writing]) -> float:
    begin = time.process_time()
    score(writings)
    return time.process_time() - begin


def _others(classifier: Classifier, models: Path) -> list[list[str]]:
    load = min(_seconds(lambda _: load_bundled(models), ()) for _ in range(9)) * 1e3
    size = (models / "baseline.bin").stat().st_size / 1e6
    longest = {name: _longest(classifier, text) for name, text in _long_texts().items()}
    worst = max(longest, key=lambda name: longest[name])
    return [
        ["loading, ms", f"{load:.1f}", "20"],
        ["artifact, MB", f"{size:.2f}", "2"],
        [f"{_LONG:,} characters, ms (the worst: {worst})", f"{longest[worst]:.1f}", "50"],
    ]


def _longest(classifier: Classifier, text: str) -> float:
    return min(_seconds(classifier.score, [Writing(text)]) for _ in range(3)) * 1e3


def _long_texts() -> dict[str, str]:
    every = "".join(map(chr, range(0x4E00, 0x4E00 + _LONG)))
    kinds = {"one word": "x", "words": "ab cd ", "spaced letters": "a ", "labels": "a.", "digits": "(1", "styled": "𝐚"}
    kinds |= {"mixed scripts": "аa", "hidden": "a\u200b", "marks": "a\u0301\u0316", "links": "http://a.b ", "at": "a@"}
    return {name: (kind * _LONG)[:_LONG] for name, kind in kinds.items()} | {"ideographs in one word": every}


def _fitted(examples: Sequence[Example]) -> tuple[Any, Classifier]:
    """Returns what scikit-learn fits with the recipe of the bundled classifier, and the form of it that serves."""
    from moderation.training.pipeline import compiled, fit

    print(f"Fitting {len(examples):,} texts …", file=sys.stderr)
    fitted = fit(make_dataset(examples, weights=WEIGHTS))
    return fitted, load_artifact(save_artifact(compiled(fitted), name="bench"))


def _difference(classifier: Classifier, fitted: Any, groups: Groups) -> float:
    writings = [*groups.first, *groups.alone, *groups.batches, *groups.explained]
    expected = fitted.predict_proba(writings)[:, 1]
    return max(abs(score.spam - p) for score, p in zip(classifier.score(writings), expected, strict=True))


if __name__ == "__main__":
    sys.exit(main())
