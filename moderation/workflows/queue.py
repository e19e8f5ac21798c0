"""What moderators look at: the queue page by page, and one comment with all that is known about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from moderation.domain import (
    AuthorFile,
    Claim,
    Moderator,
    Note,
    PastDecision,
    Place,
    QueuedComment,
    QueueFilter,
    Site,
    Sort,
    Status,
)
from moderation.errors import Claimed, Gone, NotFound, ScorerUnavailable
from moderation.policy import sketch_of
from moderation.scoring import Explanation, Scorer
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.queue import FEW
from moderation.storage.work import Work
from moderation.workflows.directory import SiteDirectory
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.judging import writing_of
from moderation.workflows.repeats import Sayings, sayings_like

log = structlog.stdlib.get_logger(__name__)

# Long enough to read a long comment; a claim is renewed by claiming again.
CLAIM_LASTS = timedelta(minutes=2)
# Of an author's comments, and of comments that are alike.
SHOWN = 20
_EXPLAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the queue. `next` is the place behind which the next page begins; None on the last page.

    `total` counts what the filter finds; when `exact` is False there are more than that.
    """

    comments: list[QueuedComment]
    next: Place | None
    total: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """Why the classifier that serves now finds what it finds. `score` and `model` are its own: they differ from the
    comment's when another classifier scored it."""

    explanation: Explanation
    score: float
    model: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A comment with all that a moderator may know."""

    comment: QueuedComment
    decisions: list[PastDecision]
    notes: list[Note]
    author: AuthorFile
    by_author: list[QueuedComment]  # the author's latest, without this one
    alike: list[QueuedComment]  # what is pending and says nearly the same
    explained: Explained | None  # None without a classifier


async def list_queue(
    site: UUID,
    wanted: QueueFilter,
    sort: Sort,
    *,
    after: Place | None,
    limit: int,
    open_reading: OpenWork,
    now: datetime,
) -> Page:
    """Returns the comments of one site behind a place."""
    async with open_reading() as work:
        count = await work.queue.count(site, wanted)
        places = await work.queue.page(site, wanted, sort, after=after, limit=limit + 1, few=count <= FEW)
        comments = await work.items.all_of([place.id for place in places[:limit]], now=now)
    behind = places[limit - 1] if len(places) > limit else None
    return Page(comments, behind, min(count, FEW), exact=count <= FEW)


async def open_case(
    moderator: Moderator,
    comment_id: UUID,
    *,
    open_reading: OpenWork,
    directory: SiteDirectory,
    scorer: Scorer,
    now: datetime,
) -> CaseFile:
    """Returns a comment and what belongs to it. Raises NotFound and Gone."""
    async with open_reading() as work:
        comment = await present(work, comment_id, moderator, now=now)
    known = await directory.find(comment.site)
    async with open_reading() as work:
        author = await work.author_files.find(comment.author_id, [comment.site_id], now=now)
        if known is None or author is None:
            raise NotFound
        decisions, notes = await work.rulings.history(comment.id), await work.notes.about(comment.id)
        latest = await work.author_files.latest_ids(comment.author_id, limit=SHOWN + 1)
        by_author = await work.items.all_of([key for key in latest if key != comment.id][:SHOWN], now=now)
        alike = await work.items.all_of(await _alike(work, known.site, comment, now), now=now)
    # No transaction stays open while the classifier computes.
    explained = await explain(scorer, known.site, comment)
    return CaseFile(comment, decisions, notes, author, by_author, alike, explained)


async def claim(moderator: Moderator, comment_id: UUID, *, at_once: AtOnce, now: Callable[[], datetime]) -> Claim:
    """Claims a comment for two minutes, or two more. Raises NotFound, Gone, and Claimed while a colleague has it."""

    async def take(work: Work, moment: datetime) -> Claim:
        comment = await present(work, comment_id, moderator, now=moment)
        until = moment + CLAIM_LASTS
        if await work.claims.take(comment.id, comment.site_id, moderator.id, now=moment, until=until):
            return Claim(comment.id, moderator.id, moderator.name, until)
        other = await work.claims.find(comment.id, now=moment)
        raise _claimed(other)

    return await in_one_go(take, at_once=at_once, now=now)


async def release(moderator: Moderator, comment_id: UUID, *, at_once: AtOnce, now: Callable[[], datetime]) -> None:
    """Ends one's own claim, if there is one. Raises NotFound, and Claimed when it is a colleague's."""

    async def end(work: Work, moment: datetime) -> None:
        comment = await present(work, comment_id, moderator, now=moment)
        if comment.claim is not None and comment.claim.moderator_id != moderator.id:
            raise _claimed(comment.claim)
        await work.claims.end([comment.id], now=moment)

    await in_one_go(end, at_once=at_once, now=now)


async def note(
    moderator: Moderator, comment_id: UUID, text: str, *, at_once: AtOnce, now: Callable[[], datetime]
) -> Note:
    """Notes something about a comment for colleagues. Raises NotFound and Gone."""

    async def add(work: Work, moment: datetime) -> Note:
        comment = await present(work, comment_id, moderator, now=moment)
        key = await work.notes.add(comment.id, moderator.id, text, now=moment)
        return Note(key, moderator.name, text, moment)

    return await in_one_go(add, at_once=at_once, now=now)


async def present(work: Work, comment_id: UUID, moderator: Moderator, *, now: datetime) -> QueuedComment:
    """Returns a comment of a site that the moderator is given. Raises NotFound, and Gone when the site deleted it."""
    comment = await work.items.find(comment_id, moderator.sites, now=now)
    if comment is None:
        raise NotFound
    if comment.deleted_at is not None:
        raise Gone
    return comment


async def explain(scorer: Scorer, site: Site, comment: QueuedComment) -> Explained | None:
    """Returns why a comment gets its score; None when no classifier is there or it takes too long."""
    writing = writing_of(site, comment.author_name, comment.author_url, comment.text)

    def ask() -> Explained:
        score, explanation = scorer.score_and_explain(writing)
        return Explained(explanation, score.spam, score.model)

    try:
        async with asyncio.timeout(_EXPLAIN_SECONDS):
            return await asyncio.to_thread(ask)
    except (ScorerUnavailable, TimeoutError):
        return None
    except Exception as error:
        # A comment that the classifier chokes on must be shown all the more.
        log.error("explanation_failed", exc_info=error)
        return None


async def _alike(work: Work, site: Site, comment: QueuedComment, now: datetime) -> Sequence[UUID]:
    sketch = sketch_of(comment.text)
    said = sayings_like(work, site, [sketch], now=now)
    await work.ask(said)
    waiting = [each for each in Sayings(said.answer).like(sketch) if each.status is Status.PENDING]
    return [each.comment for each in waiting if each.comment != comment.id][:SHOWN]


def _claimed(by: Claim | None) -> Claimed:
    if by is None:
        return Claimed()
    until = by.expires_at.isoformat().replace("+00:00", "Z")
    return Claimed(f"{by.moderator} looks at this comment.", claim={"moderator": by.moderator, "expires_at": until})
