"""Why the classifier finds what it finds, for people who rule on comments."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from moderation.domain import QueuedComment, Site
from moderation.errors import ScorerUnavailable
from moderation.scoring import Explanation, Scorer
from moderation.workflows.judging import writing_of

log = structlog.stdlib.get_logger(__name__)

# For all comments of a page: reasons are worth a moment of waiting, and no more.
_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Explained:
    """Why the classifier that serves now finds what it finds. `score` and `model` are its own: they differ from the
    comment's when another classifier scored it."""

    explanation: Explanation
    score: float
    model: str


async def explain(scorer: Scorer, site: Site, comment: QueuedComment) -> Explained | None:
    """Returns why a comment gets its score; None when no classifier is there or it takes too long."""
    return (await explain_all(scorer, site, [comment])).get(comment.id)


async def explain_all(scorer: Scorer, site: Site, comments: Sequence[QueuedComment]) -> dict[UUID, Explained]:
    """Returns why each comment gets its score, as far as that can be said in time."""
    found: dict[UUID, Explained] = {}
    left = asyncio.Event()

    scorer = scorer.of(site.id)

    def ask() -> None:
        for comment in comments:
            if left.is_set():
                return
            explained = _explain(scorer, site, comment)
            if explained is not None:
                found[comment.id] = explained

    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await asyncio.to_thread(ask)
    except TimeoutError:
        left.set()
    return dict(found)


def _explain(scorer: Scorer, site: Site, comment: QueuedComment) -> Explained | None:
    writing = writing_of(site, comment.author_name, comment.author_url, comment.text)
    try:
        score, explanation = scorer.score_and_explain(writing)
    except ScorerUnavailable:
        return None
    except Exception as error:
        # A comment that the classifier chokes on must be shown all the more.
        log.error("explanation_failed", exc_info=error)
        return None
    return Explained(explanation, score.spam, score.model)
