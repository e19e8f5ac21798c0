"""Scores that are there or are not: a classifier that fails must hold comments back, and never lose or publish one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

import structlog

from moderation import metrics
from moderation.domain import Score, Writing
from moderation.errors import ScorerUnavailable
from moderation.handover import hand_over
from moderation.scoring import Scorer

log = structlog.stdlib.get_logger(__name__)

# Longer than any ordinary batch takes; a classifier that is slow or hangs must not keep sites waiting.
PATIENCE_SECONDS = 2.0
# For a slice that has begun: by then the thread has ended by itself, unless the classifier hangs.
_LAST_SLICE_SECONDS = 1.0
# Characters that are scored between two looks at the clock: three of the longest comments, some 0.1 s.
_SLICE_CHARACTERS = 60_000

# Of their own: whoever trains or tries something out on many comments has the others for seconds.
_THREADS = ThreadPoolExecutor(6, thread_name_prefix="scoring")


async def scores_or_none(scorer: Scorer, writings: Sequence[Writing]) -> list[Score | None]:
    """Returns one score for each writing; None where no model is loaded, time ran out, or this one cannot be scored."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS + _LAST_SLICE_SECONDS):
            return await _in_thread(scorer, writings, time.monotonic() + PATIENCE_SECONDS)
    except TimeoutError:
        log.error("scorer_too_slow", seconds=PATIENCE_SECONDS, writings=len(writings))
        metrics.UNEXPECTED_ERRORS.labels("scorer").inc()
        return [None] * len(writings)


async def _in_thread(scorer: Scorer, writings: Sequence[Writing], deadline: float) -> list[Score | None]:
    in_context = copy_context().run  # so that what is logged there names the request
    result, waiting = hand_over(_THREADS, partial(in_context, _scores_in_time, scorer, writings, deadline))
    try:
        return await result
    finally:
        waiting.cancel()


def _scores_in_time(scorer: Scorer, writings: Sequence[Writing], deadline: float) -> list[Score | None]:
    """Scores slice by slice and keeps what is done by the deadline: very long comments hold themselves back only."""
    scores: list[Score | None] = []
    for part in _slices(writings):
        if time.monotonic() >= deadline:
            log.warning("scorer_out_of_time", scored=len(scores), writings=len(writings))
            break
        scores += _scores(scorer, part)
    return scores + [None] * (len(writings) - len(scores))


def _slices(writings: Sequence[Writing]) -> Iterator[list[Writing]]:
    part: list[Writing] = []
    characters = 0
    for writing in writings:
        own = _characters(writing)
        characters += own
        if part and characters > _SLICE_CHARACTERS:
            yield part
            part, characters = [], own
        part.append(writing)
    if part:
        yield part


def _characters(writing: Writing) -> int:
    return len(writing.text) + len(writing.author_name) + len(writing.author_url or "")


def _scores(scorer: Scorer, writings: Sequence[Writing]) -> list[Score | None]:
    try:
        with metrics.SCORER_SECONDS.time():
            return [*scorer.score(writings)]
    except ScorerUnavailable:
        return [None] * len(writings)
    except Exception as error:
        if len(writings) == 1:
            log.error("scorer_failed", exc_info=error)
            metrics.UNEXPECTED_ERRORS.labels("scorer").inc()
            return [None]
        # One writing that the classifier chokes on must not hold the others back.
        return [score for writing in writings for score in _scores(scorer, [writing])]
