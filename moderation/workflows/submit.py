"""A list of submissions becomes a list of receipts: sealed, scored, decided, and durable before anyone is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation import metrics
from moderation.domain import Delivery, Site, Submission
from moderation.errors import ModerationError, StorageUnavailable
from moderation.policy import RuleBook
from moderation.privacy import EmailVault
from moderation.scoring import Scorer
from moderation.storage.database import AtOnce
from moderation.storage.work import Work
from moderation.workflows.directory import KnownSite
from moderation.workflows.events import decided_event
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.judging import Accepted, Judge, Outcome, writing_of
from moderation.workflows.memory import Memory, recall
from moderation.workflows.scores import scores_or_none
from moderation.workflows.sealing import seal
from moderation.workflows.statements import statement_of


@dataclass(frozen=True, slots=True)
class Arrival:
    """A submission, and the signed webhook that brought it if one did."""

    submission: Submission
    delivery: Delivery | None = None


async def submit(
    site: Site,
    arrivals: Sequence[Arrival],
    *,
    at_once: AtOnce,
    vault: EmailVault,
    scorer: Scorer,
    book: RuleBook,
    now: Callable[[], datetime],
    random: Callable[[], float],
) -> list[Outcome]:
    """Returns one outcome for each arrival, in order. Raises StorageUnavailable; then nothing was acknowledged."""
    submissions = seal([(each.submission, each.delivery) for each in arrivals], site=site, vault=vault)

    # No transaction stays open while the classifier computes.
    writings = [writing_of(site, sealed.author_name, sealed.author_url, sealed.text) for sealed in submissions]
    scores = await scores_or_none(scorer.of(site.id), writings)

    # Where somebody else stores one of them first, all are judged again with that in mind.
    async def store(work: Work, moment: datetime) -> list[Outcome]:
        memory = await recall(work, site, submissions, now=moment)
        judge = Judge(site, memory, book=book, random=random, now=moment)
        outcomes = [judge.hear(submission, score) for submission, score in zip(submissions, scores, strict=True)]
        await _remember(work, site, judge, memory, now=moment)
        return outcomes

    outcomes = await in_one_go(store, at_once=at_once, now=now)
    _count(outcomes)
    return outcomes


async def submit_apart(
    items: Sequence[tuple[KnownSite, Arrival]],
    submit_to: Callable[[KnownSite, Sequence[Arrival]], Awaitable[Sequence[Outcome]]],
) -> list[Outcome]:
    """Submits each site's part of a list: one site's trouble is not another's, unless it is that the store is away."""
    outcomes: dict[int, Outcome] = {}
    away: StorageUnavailable | None = None
    for known, indexes in _parts(items):
        try:
            if away:
                raise away  # To ask again for each site would keep the last one waiting for all of them.
            answers = await submit_to(known, [items[index][1] for index in indexes])
        except StorageUnavailable as error:
            away, answers = error, [error] * len(indexes)
        except ModerationError as error:
            answers = [error] * len(indexes)
        outcomes.update(zip(indexes, answers, strict=True))
    return [outcomes[index] for index in range(len(items))]


def _parts(items: Sequence[tuple[KnownSite, Arrival]]) -> Iterable[tuple[KnownSite, list[int]]]:
    """Returns each site, as it was known last, and which items are its."""
    parts: dict[UUID, tuple[KnownSite, list[int]]] = {}
    for index, (known, _) in enumerate(items):
        _, indexes = parts.get(known.site.id, (known, []))
        indexes.append(index)
        parts[known.site.id] = (known, indexes)
    return parts.values()


async def _remember(work: Work, site: Site, judge: Judge, memory: Memory, *, now: datetime) -> None:
    events = [
        decided_event(
            site.id,
            receipt,
            article=comment.submission.article.id,
            now=now,
            statement=statement_of(
                site,
                comment.decision,
                comment=comment.id,
                version=1,
                article=comment.submission.article.title,
                now=now,
            ),
        )
        for comment, receipt in zip(judge.new, judge.receipts, strict=True)
    ]
    await work.articles.add_all(site.id, judge.new_articles, now=now)
    await work.authors.add_all(site.id, judge.new_authors, now=now)
    await work.comments.add_all(site.id, judge.new, now=now)
    await work.sketches.add_all(site.id, memory.sayings.new)
    await work.outbox.add_all(events, listening=memory.listening)
    await work.deliveries.add_all(site.id, judge.obeyed, now=now)


def _count(outcomes: Sequence[Outcome]) -> None:
    new = [outcome.receipt for outcome in outcomes if isinstance(outcome, Accepted) and outcome.new]
    for (status, reason), count in Counter((receipt.status, receipt.reason) for receipt in new).items():
        metrics.COMMENTS_DECIDED.labels(status, reason).inc(count)
