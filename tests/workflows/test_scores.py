"""Scores that are there or are not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from moderation.domain import Score, Writing
from moderation.scoring import Scorer
from moderation.workflows.scores import scores_or_none
from tests.fakes import FakeScorer


class _LateScorer(FakeScorer):
    """Moves the clock by a second with each call."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def score(self, writings: Sequence[Writing]) -> list[Score]:
        self.seconds += 1.0
        return super().score(writings)


async def test_when_time_runs_out_what_is_scored_is_kept_and_the_rest_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = _LateScorer()
    monkeypatch.setattr("moderation.workflows.scores.time.monotonic", lambda: scorer.seconds)
    writings = [Writing("x" * 20_000) for _ in range(9)]

    found = await scores_or_none(scorer, writings)

    assert [score is not None for score in found] == [True] * 6 + [False] * 3


async def test_long_names_and_links_count_as_long_texts_do() -> None:
    scorer = FakeScorer()

    await scores_or_none(scorer, [Writing("short", "n" * 10_000, "u" * 10_000)] * 4)

    assert [len(batch) for batch in scorer.batches] == [2, 2]


async def test_ordinary_comments_are_scored_in_one_call() -> None:
    scorer = FakeScorer()

    await scores_or_none(scorer, [Writing("a comment of ordinary length")] * 256)

    assert len(scorer.batches) == 1


class _HangingScorer(FakeScorer):
    """Does not come back before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def score(self, writings: Sequence[Writing]) -> list[Score]:
        self.let_go.wait()
        return super().score(writings)


async def test_a_classifier_that_hangs_leaves_comments_without_a_score_in_time_and_the_loop_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("moderation.workflows.scores.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("moderation.workflows.scores._LAST_SLICE_SECONDS", 0.1)
    scorer, turns = _HangingScorer(), 0
    waiting = asyncio.create_task(scores_or_none(scorer, [Writing("one"), Writing("two")]))
    try:
        while not waiting.done():
            await asyncio.sleep(0.005)
            turns += 1
    finally:
        scorer.let_go.set()

    assert await waiting == [None, None]
    assert turns > 1


async def test_without_a_classifier_there_is_no_score() -> None:
    assert await scores_or_none(Scorer(), [Writing("one"), Writing("two")]) == [None, None]
