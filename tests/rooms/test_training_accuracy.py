"""Floors for the recipe, on sources that it has not seen. For all: `python -m moderation.training.accuracy`."""

from __future__ import annotations

from functools import cache

import pytest

from moderation.training.accuracy import Accuracy, measure, table, thinned
from moderation.training.pipeline import ROUGH
from tests.training_data import shipped_examples

pytestmark = pytest.mark.slow


@cache
def _measured() -> Accuracy:
    return measure(thinned(shipped_examples(), keep_every=10), tolerance=ROUGH)


def test_a_video_that_was_left_out_is_judged_right_in_93_of_100_comments() -> None:
    assert (_measured().videos.accuracy or 0) >= 0.93
    assert (_measured().videos.auc or 0) >= 0.975
    assert (_measured().videos.ece or 1) <= 0.06


@pytest.mark.parametrize("attack", ["look-alikes", "styled", "zero width", "leet", "spaced"])
def test_an_attack_does_not_hide_spam_of_a_video_that_was_left_out(attack: str) -> None:
    assert _measured().caught_under_attack[attack] >= 0.9


# With so little ham, more genuine comments are blocked than by the full recipe, whose figures are in `models/CARD.md`.
@pytest.mark.parametrize(("source", "most"), [("civil-comments", 0.03), ("fox-news-comments", 0.01)])
def test_few_comments_of_a_newspaper_that_was_left_out_are_blocked(source: str, most: float) -> None:
    assert _measured().blocked_news[source][1] <= most


def test_the_table_shows_every_figure() -> None:
    lines = table(_measured()).splitlines()

    assert len(lines) == 2 + 8 + len(_measured().caught_under_attack) + len(_measured().blocked_news)
    assert all(line.count("|") == 3 for line in lines)
