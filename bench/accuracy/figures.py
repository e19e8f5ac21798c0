"""What the scores of all folds come to: the figures of the report, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from bench.accuracy.folds import CLEAN, FOX, PRAISE, SMS, TELEGRAM, Judged
from bench.accuracy.intervals import Figure, Numbers, Pair, metrics, recall, share
from bench.accuracy.slices import Genuine, slices
from moderation.domain import Label
from moderation.training.dataset import Example
from moderation.training.metrics import THRESHOLD
from moderation.training.sources import NEWS, VIDEOS

# Shares of genuine comments that may be blocked.
_BLOCKED = {"recall_at_1_percent": 0.01, "recall_at_0.1_percent": 0.001}
_METRICS = ("accuracy", "auc", "mcc", "brier", "ece")

Figures = dict[str, Figure]


class Results:
    """All folds that were judged, with the examples they speak of."""

    def __init__(self, judged: Iterable[Judged], examples: Sequence[Example]) -> None:
        self._judged = list(judged)
        self._examples = examples

    def of(self, task: str, recipe: str = "ours") -> list[Judged]:
        """Returns the folds of a task."""
        return [j for j in self._judged if (j.fold.task, j.fold.recipe) == (task, recipe)]

    def pair(self, judged: Sequence[Judged], sources: Sequence[str] = ()) -> Pair:
        """Returns the scores of spam and of ham of these folds together; only of these sources if some are named."""
        scores = np.concatenate([j.scores for j in judged])
        examples = [self._examples[i] for j in judged for i in j.fold.judged]
        spam = np.array([e.label is Label.SPAM for e in examples])
        counted = np.array([not sources or e.source in sources for e in examples])
        return scores[spam & counted], scores[~spam & counted]

    def scores(self, judged: Judged, source: str, label: Label) -> Numbers:
        """Returns the scores of one fold for the comments of a source with this label."""
        kept = [(e.source, e.label) == (source, label) for e in (self._examples[i] for i in judged.fold.judged)]
        return np.asarray(judged.scores[np.array(kept, dtype=bool)])

    def genuine(self, judged: Iterable[Judged]) -> list[Genuine]:
        """Returns the ham of these folds, each text once."""
        found: dict[int, Genuine] = {}
        for fold in judged:
            for i, score in zip(fold.fold.judged, fold.scores.tolist(), strict=True):
                example = self._examples[i]
                if example.label is Label.HAM:
                    found.setdefault(i, (example.source, example.text, score))
        return [found[i] for i in sorted(found)]


def split(results: Results, task: str, recipe: str) -> Figures:
    """Returns the figures of a task whose folds are parts of one collection."""
    return _split(results.pair(results.of(task, recipe)))


def videos_left_out(results: Results) -> Figures:
    """Returns the figures of the videos, each judged by what learned from all the rest but fox-news-comments."""
    return _split(results.pair(results.of(f"video and {FOX}"), VIDEOS))


def _split(pair: Pair) -> Figures:
    return metrics(_METRICS, pair) | {name: recall([pair], blocked) for name, blocked in _BLOCKED.items()}


def day_one(results: Results, news: str, recipe: str) -> Figures:
    """Returns what is caught on a video, and blocked in a newspaper, when neither was seen."""
    folds = results.of(f"video and {news}", recipe)
    ham = [results.scores(j, news, Label.HAM) for j in folds]
    pairs = [(j.under_attack[CLEAN], h) for j, h in zip(folds, ham, strict=True)]
    return {
        "false_alarms": share(np.concatenate(ham) > THRESHOLD),
        **{name: recall(pairs, blocked) for name, blocked in _BLOCKED.items()},
    }


def attacks(results: Results, news: str, recipe: str) -> Figures:
    """Returns the share of spam that is caught under each attack at 1 % of unseen news comments blocked."""
    folds = results.of(f"video and {news}", recipe)
    return {
        attack: recall([(j.under_attack[attack], results.scores(j, news, Label.HAM)) for j in folds], 0.01)
        for attack in folds[0].under_attack
        if attack != PRAISE
    }


def new_genre(results: Results, genre: str) -> Figures:
    """Returns the same as `day_one` for the spam of a genre that was not seen, and the share of its ham above one
    half."""
    (judged,) = results.of(f"{genre} and {FOX}")
    pair = (results.scores(judged, genre, Label.SPAM), results.scores(judged, FOX, Label.HAM))
    own = share(results.scores(judged, genre, Label.HAM) > THRESHOLD)
    return {"false_alarms": own} | {name: recall([pair], blocked) for name, blocked in _BLOCKED.items()}


def praise(results: Results) -> Figures:
    """Returns what is caught of praise and keywords as blogs get them, at what is blocked of an unseen newspaper."""
    folds = results.of(f"video and {FOX}")
    pairs = [(j.under_attack[PRAISE], results.scores(j, FOX, Label.HAM)) for j in folds]
    return {name: recall(pairs, blocked) for name, blocked in _BLOCKED.items()}


def left_out(results: Results) -> list[Judged]:
    """Returns folds in which each source of ham was left out: alone, with a video, or with a genre."""
    tasks = [f"video and {NEWS[0]}", f"video and {FOX}", "without wikipedia-talk", "without germeval-2018"]
    tasks += [f"{genre} and {FOX}" for genre in (SMS, TELEGRAM)]
    return [results.of(task)[0] for task in tasks]


def by_slices(results: Results) -> Mapping[str, Mapping[str, Figure]]:
    """Returns the false alarms on sources that were left out, cut in several ways."""
    return slices([g for g in results.genuine(left_out(results)) if g[0] not in VIDEOS])
