"""`moderation evaluate`: how good a classifier is on labelled comments."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import click

from moderation.cli.model import load_classifier
from moderation.cli.store import complain, progress_bar
from moderation.errors import WrongUse

if TYPE_CHECKING:
    from moderation.domain import Label, Writing
    from moderation.scoring import Classifier
    from moderation.training import Metrics

_BATCH = 512


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", "version", metavar="VERSION", help="Evaluate this version instead of the one that serves.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
@click.option("--scores", "scores_file", type=click.Path(path_type=Path), help="Write one score a line to FILE.")
def evaluate(file: Path, version: str | None, as_json: bool, scores_file: Path | None) -> None:
    """Measure the classifier on labelled comments.

    FILE holds one object a line: {"text": …, "label": "spam" or "ham"}, and if it is known {"author": {"name": …,
    "url": …}}. Lines that do not are reported and left out; for them, --scores has an empty line.
    """
    classifier = load_classifier(version)
    with ExitStack() as stack:
        lines = stack.enter_context(file.open("rb"))
        written = stack.enter_context(scores_file.open("w", encoding="utf-8")) if scores_file else None
        labels, scores = _scored(lines, classifier, written)
    if not labels:
        raise WrongUse("There is no line with a text and a label in this file.")

    from moderation.training import evaluate as figures_of

    metrics = figures_of(labels, scores)
    click.echo(json.dumps(metrics.as_json()) if as_json else _table(metrics, classifier.version))


def read_line(line: bytes) -> tuple[Writing, Label]:
    """Returns what was written and the label of a line. Raises ValueError with the reason."""
    from moderation.domain import Label, Writing

    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not JSON in UTF-8") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise ValueError('no "text"')
    if entry.get("label") not in list(Label):
        raise ValueError('"label" is neither "spam" nor "ham"')
    return Writing(entry["text"], *_name_and_link(entry.get("author"))), Label(entry["label"])


def _name_and_link(author: object) -> tuple[str, str | None]:
    if author is None:
        return "", None
    if not isinstance(author, dict):
        raise ValueError('"author" is no object')
    name, url = author.get("name"), author.get("url")
    if not isinstance(name, str | None) or not isinstance(url, str | None):
        raise ValueError('"name" or "url" of the "author" is no text')
    return name or "", url


def _size(file: BinaryIO) -> int | None:
    return os.fstat(file.fileno()).st_size if file.seekable() else None


def _entries(file: Iterable[bytes], complain: Callable[[str], None]) -> Iterator[tuple[Writing, Label] | None]:
    """Yields text and label of each line, None for a bad one; empty lines are no lines."""
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            yield read_line(line)
        except ValueError as reason:
            complain(f"line {number}: {reason}; left out")
            yield None


def _scored(file: BinaryIO, classifier: Classifier, scores_file: IO[str] | None) -> tuple[list[Label], list[float]]:
    """Scores in batches, so that a file of any length fits into memory but for its labels and scores."""
    labels: list[Label] = []
    scores: list[float] = []
    with progress_bar(_size(file), "Scoring") as progress:
        entries = _entries(file, partial(complain, progress))
        while batch := list(islice(entries, _BATCH)):
            usable = [entry for entry in batch if entry]
            found = iter([score.spam for score in classifier.score([writing for writing, _ in usable])])
            values = [next(found) if entry else None for entry in batch]
            labels += [label for _, label in usable]
            scores += [value for value in values if value is not None]
            if scores_file:
                scores_file.writelines("\n" if value is None else f"{value!r}\n" for value in values)
            progress.update(file.tell() - progress.pos if file.seekable() else len(batch))
    return labels, scores


def _table(metrics: Metrics, version: str) -> str:
    """Returns the figures for people, one a line."""
    figures = metrics.as_json() | {
        f"recall at {float(share):.1%} false positives": value for share, value in metrics.recall_at_fpr.items()
    }
    lines = [f"{'model':<32} {version}"]
    for name, value in figures.items():
        if not isinstance(value, dict):
            lines.append(f"{name:<32} {_figure(value)}")
    return "\n".join(lines)


def _figure(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
