"""Floors for the recipe, on sources that it has not seen. For all: `python -m moderation.training.accuracy`.

The news are judged with the full recipe: with less ham more genuine comments are blocked. The videos are left out with
a tenth of the ham that decides little and a rough fit, because they need four fits; it moves their figures by a point.
"""

from __future__ import annotations

from functools import cache

import pytest

from moderation.training.accuracy import NEWS_LEFT_OUT, Accuracy, judge_news, judge_videos, table, thinned
from moderation.training.metrics import Metrics
from moderation.training.pipeline import ROUGH
from tests.training_data import shipped_examples

pytestmark = pytest.mark.slow


@cache
def _videos() -> tuple[Metrics, dict[str, float]]:
    return judge_videos(thinned(shipped_examples(), keep_every=10), tolerance=ROUGH)


@cache
def _blocked_news() -> dict[str, tuple[int, float]]:
    return judge_news(shipped_examples())


def test_a_video_that_was_left_out_is_judged_right_in_93_of_100_comments() -> None:
    metrics, _ = _videos()

    assert (metrics.accuracy or 0) >= 0.93
    assert (metrics.auc or 0) >= 0.975
    assert (metrics.ece or 1) <= 0.06


@pytest.mark.parametrize("attack", ["look-alikes", "styled", "zero width", "leet", "spaced"])
def test_an_attack_does_not_hide_spam_of_a_video_that_was_left_out(attack: str) -> None:
    _, caught = _videos()

    assert caught[attack] >= 0.9


@pytest.mark.parametrize("source", [source for source, _ in NEWS_LEFT_OUT])
def test_one_genuine_comment_in_100_of_a_newspaper_that_was_left_out_is_blocked_at_most(source: str) -> None:
    judged, blocked = _blocked_news()[source]

    assert judged > 1000
    assert blocked <= 0.01


def test_the_table_shows_every_figure() -> None:
    accuracy = Accuracy(*_videos(), _blocked_news())

    lines = table(accuracy).splitlines()

    assert len(lines) == 2 + 8 + len(accuracy.caught_under_attack) + len(accuracy.blocked_news)
    assert all(line.count("|") == 3 for line in lines)
