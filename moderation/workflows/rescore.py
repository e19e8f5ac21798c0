"""Comments that came while no classifier was there get their score and their decision as soon as one is; and what one
classifier could not decide is looked at again by the next. Many thousands may wait while others come in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

from moderation import metrics
from moderation.domain import Score, Site, Writing
from moderation.policy import RuleBook, decide
from moderation.scoring import Scorer
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.decisions import StoredComment, Verdict
from moderation.storage.work import Work
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.judging import writing_of
from moderation.workflows.rehearing import case_of, verdict_event
from moderation.workflows.scores import scores_or_none
from moderation.workflows.unhurried import PART, unhurried

# Scores that differ by less mean the same to a person; each further decision makes an open page an old one.
_SAME = 0.01

Read = Callable[[Work, UUID | None], Awaitable[list[StoredComment]]]


async def rescore(
    sites: Mapping[UUID, tuple[Site, RuleBook]],
    *,
    read_at_once: AtOnce,
    at_once: AtOnce,
    scorer: Scorer,
    now: Callable[[], datetime],
    random: Callable[[], float],
) -> int:
    """Decides every comment that waits for a score, oldest first. Returns how many. Stops when the scorer does."""

    async def read(work: Work, after: UUID | None) -> list[StoredComment]:
        return await work.decisions.waiting_for_score(after=after, limit=PART, now=now())

    decided = 0
    async with aclosing(_parts(read, read_at_once=read_at_once)) as parts:
        async for waiting in parts:
            ours = [comment for comment in waiting if comment.site_id in sites]
            scored = await _scored(ours, sites, scorer)
            if not scored and scorer.version is None:
                break
            verdicts = [_verdict(comment, score, *sites[comment.site_id], random=random) for comment, score in scored]
            decided += await _append(verdicts, sites, at_once=at_once, now=now)
    return decided


async def rescore_queue(
    site: Site,
    book: RuleBook,
    *,
    read_at_once: AtOnce,
    at_once: AtOnce,
    scorer: Scorer,
    now: Callable[[], datetime],
    random: Callable[[], float],
) -> int:
    """Lets the model that serves a site look again at what another one could not decide. Returns how many comments
    were decided again. What somebody looks at now stays as it is, and so does what is scored much as before."""
    version = scorer.of(site.id).version
    if version is None:
        return 0

    async def read(work: Work, after: UUID | None) -> list[StoredComment]:
        return await work.decisions.doubted_by_others(site.id, version, after=after, limit=PART, now=now())

    decided = 0
    async with aclosing(_parts(read, read_at_once=read_at_once)) as parts:
        async for doubted in parts:
            scored = await _scored(doubted, {site.id: (site, book)}, scorer)
            verdicts = [_verdict(comment, score, site, book, random=random) for comment, score in scored]
            matter = [verdict for verdict in verdicts if _matters(verdict)]
            decided += await _append(matter, {site.id: (site, book)}, at_once=at_once, now=now)
    return decided


async def _parts(read: Read, *, read_at_once: AtOnce) -> AsyncGenerator[list[StoredComment]]:
    """Yields comments, oldest first, part by part, and leaves time to others between them."""
    after: UUID | None = None

    async def look(open_work: OpenWork) -> list[StoredComment]:
        async with open_work() as work:
            return await read(work, after)

    while True:
        async with unhurried():
            part = await read_at_once(look)
            if not part:
                return
            yield part
            after = part[-1].id


def _matters(verdict: Verdict) -> bool:
    comment, decision = verdict.comment, verdict.decision
    if (comment.status, comment.reason) != (decision.status, decision.reason):
        return True
    before, after = comment.score, decision.score
    return before is None or after is None or abs(before.spam - after.spam) > _SAME


async def _scored(
    comments: Sequence[StoredComment], sites: Mapping[UUID, tuple[Site, RuleBook]], scorer: Scorer
) -> list[tuple[StoredComment, Score]]:
    """Returns those comments that can be scored, in order, each by the classifier of its site."""
    found: dict[UUID, Score] = {}
    for key in dict.fromkeys(comment.site_id for comment in comments):
        ours, site = [comment for comment in comments if comment.site_id == key], sites[key][0]
        scores = await scores_or_none(scorer.of(key), [_writing(comment, site) for comment in ours])
        found.update((comment.id, score) for comment, score in zip(ours, scores, strict=True) if score is not None)
    return [(comment, found[comment.id]) for comment in comments if comment.id in found]


async def _append(
    verdicts: Sequence[Verdict],
    sites: Mapping[UUID, tuple[Site, RuleBook]],
    *,
    at_once: AtOnce,
    now: Callable[[], datetime],
) -> int:
    """Appends what nobody else has decided since it was read; what somebody did stands. Returns how many."""
    if not verdicts:
        return 0

    async def append(work: Work, moment: datetime) -> int:
        ours = await work.decisions.lock_undecided(verdicts)
        await work.decisions.append_all(ours, now=moment)
        events = [verdict_event(sites[verdict.comment.site_id][0], verdict, now=moment) for verdict in ours]
        await work.outbox.add_all(events)
        return len(ours)

    appended = await in_one_go(append, at_once=at_once, now=now)
    metrics.RESCORED.inc(appended)
    return appended


def _writing(comment: StoredComment, site: Site) -> Writing:
    return writing_of(site, comment.author_name, comment.author_url, comment.text)


def _verdict(
    comment: StoredComment, score: Score, site: Site, book: RuleBook, *, random: Callable[[], float]
) -> Verdict:
    return Verdict(comment, decide(case_of(site, comment, text=comment.text, score=score), book, random=random))
