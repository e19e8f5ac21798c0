"""Who would have been treated differently: another model, other thresholds or other rules over stored comments."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from moderation.domain import Score, Site, SitePolicy, Status
from moderation.policy import rule_book
from moderation.scoring import Classifier
from moderation.storage.database import OpenWork
from moderation.storage.decisions import StoredComment
from moderation.workflows.judging import writing_of
from moderation.workflows.site_settings import SAMPLES, Otherwise, as_if_new, verdict_of

TRIED = 1_000


@dataclass(frozen=True, slots=True)
class Backtest:
    """What would become of the latest comments if they came in again. `moves` counts them by both statuses; `samples`
    are some that would go elsewhere."""

    model: str | None
    tried: int
    moves: Mapping[tuple[Status, Status], int]
    samples: list[Otherwise]

    @property
    def changed(self) -> int:
        """How many would be decided otherwise."""
        return sum(count for (now, then), count in self.moves.items() if now is not then)


async def backtest(
    site: Site,
    policy: SitePolicy,
    classifier: Classifier | None,
    *,
    open_reading: OpenWork,
    now: datetime,
    tried: int = TRIED,
) -> Backtest:
    """Returns what a policy and a classifier (None: the scores that there are) would change, beside the site's own."""
    async with open_reading() as work:
        latest = await work.decisions.lately(site.id, limit=tried, now=now)
    return await asyncio.to_thread(_backtest, site, latest, classifier, policy)


def _backtest(
    site: Site, latest: Sequence[StoredComment], classifier: Classifier | None, policy: SitePolicy
) -> Backtest:
    if classifier is None:
        return compared(site, latest, [each.score.spam if each.score else None for each in latest], None, policy)
    writings = [writing_of(site, each.author_name, each.author_url, each.text) for each in latest]
    return compared(site, latest, [score.spam for score in classifier.score(writings)], classifier.version, policy)


def compared(
    site: Site,
    comments: Sequence[StoredComment],
    others: Sequence[float | None],
    model: str | None,
    policy: SitePolicy,
) -> Backtest:
    """Returns what other scores (of `model`; None: of whichever model gave them) and another policy would change."""
    books = rule_book(site.policy), rule_book(policy)
    moves: Counter[tuple[Status, Status]] = Counter()
    samples: list[Otherwise] = []
    for comment, other in zip(comments, others, strict=True):
        case = as_if_new(site, comment)
        score = None if other is None else Score(other, model or (comment.score.model if comment.score else ""))
        now, then = verdict_of(case, books[0]), verdict_of(replace(case, score=score), books[1])
        moves[now.status, then.status] += 1
        if now.status is not then.status and len(samples) < SAMPLES:
            samples.append(Otherwise(comment, now, then))
    return Backtest(model, len(comments), moves, samples)
