"""Scores that are there or are not: a classifier that fails must hold comments back, and never lose or publish one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from moderation import metrics
from moderation.domain import Score
from moderation.errors import ScorerUnavailable
from moderation.scoring import Scorer

log = structlog.stdlib.get_logger(__name__)

# Longer than any batch of ours takes; a classifier that hangs must not keep sites waiting.
PATIENCE_SECONDS = 2.0


async def scores_or_none(scorer: Scorer, texts: Sequence[str]) -> list[Score | None]:
    """Returns one score for each text; None where no model is loaded or it could not score this text."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asyncio.to_thread(_scores, scorer, texts)
    except TimeoutError:
        log.error("scorer_too_slow", seconds=PATIENCE_SECONDS, texts=len(texts))
        metrics.UNEXPECTED_ERRORS.labels("scorer").inc()
        return [None] * len(texts)


def _scores(scorer: Scorer, texts: Sequence[str]) -> list[Score | None]:
    try:
        with metrics.SCORER_SECONDS.time():
            return [*scorer.score(texts)]
    except ScorerUnavailable:
        return [None] * len(texts)
    except Exception as error:
        if len(texts) == 1:
            log.error("scorer_failed", exc_info=error)
            metrics.UNEXPECTED_ERRORS.labels("scorer").inc()
            return [None]
        # One text that the classifier chokes on must not hold the others back.
        return [score for text in texts for score in _scores(scorer, [text])]
