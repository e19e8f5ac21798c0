"""The two pictures of the report."""

from __future__ import annotations

import numpy as np

from bench.accuracy.curves import Axis, Point, curves
from bench.accuracy.figures import Results
from bench.accuracy.folds import CLEAN, FOX, SMS, TELEGRAM
from bench.accuracy.intervals import Pair
from moderation.domain import Label
from moderation.training.metrics import recall_at
from moderation.training.sources import NEWS, VIDEOS

_BLOCKED = np.geomspace(0.001, 0.1, 41)
_BINS = 10


def recall_curves(results: Results) -> str:
    """Returns what is caught by what is blocked, for pages of a known genre and for new genres."""
    lines = {f"video, {news}": _pooled(_day_one(results, news)) for news in (FOX, NEWS[0])}
    for genre in (SMS, TELEGRAM):
        (judged,) = results.of(f"{genre} and {FOX}")
        pair = results.scores(judged, genre, Label.SPAM), results.scores(judged, FOX, Label.HAM)
        lines[f"{genre}, {FOX}"] = _pooled([pair])
    return curves(
        "What is caught of spam by what is blocked of genuine comments, both unseen", lines,
        Axis("share of the newspaper that is blocked", 0.001, 0.1, (0.001, 0.003, 0.01, 0.03, 0.1), powers=True),
        Axis("share of spam that is caught", 0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
    )  # fmt: skip


def _day_one(results: Results, news: str) -> list[Pair]:
    return [(j.under_attack[CLEAN], results.scores(j, news, Label.HAM)) for j in results.of(f"video and {news}")]


def _pooled(pairs: list[Pair]) -> list[Point]:
    total = sum(len(spam) for spam, _ in pairs)
    return [
        (float(share), sum(recall_at(spam, ham, share) * len(spam) for spam, ham in pairs) / total)
        for share in _BLOCKED
    ]  # fmt: skip


def reliability(results: Results) -> str:
    """Returns the share of spam by score, in ten bins of equally many comments."""
    left_out = results.pair(results.of(f"video and {FOX}"), VIDEOS)
    in_parts = results.pair(results.of("videos in five parts"))
    lines = {"one video left out": _reliable(*left_out), "videos in five parts": _reliable(*in_parts)}
    marks = (0, 0.2, 0.4, 0.6, 0.8, 1)
    return curves(
        "Of the comments with a score, so many are spam", lines,
        Axis("mean score of a tenth of the comments", 0, 1, marks), Axis("share of spam among them", 0, 1, marks),
        diagonal=True,
    )  # fmt: skip


def _reliable(spam: np.ndarray, ham: np.ndarray) -> list[Point]:
    scores = np.concatenate([spam, ham])
    is_spam = np.repeat([1.0, 0.0], [len(spam), len(ham)])
    bins = np.array_split(np.argsort(scores, kind="stable"), _BINS)
    return [(float(scores[part].mean()), float(is_spam[part].mean())) for part in bins]
