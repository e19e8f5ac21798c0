"""What moderators look at: the queue page by page, and one comment with all that is known about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from moderation.clock import rfc_3339
from moderation.domain import (
    Appeal,
    AuthorFile,
    Campaign,
    Claim,
    Moderator,
    Note,
    PastDecision,
    Place,
    QueuedComment,
    QueueFilter,
    Rejection,
    Report,
    Sort,
)
from moderation.errors import Claimed, Gone, NotFound
from moderation.scoring import Scorer
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.queue import FEW
from moderation.storage.work import Work
from moderation.workflows.campaigns import campaigns_of, meant
from moderation.workflows.directory import SiteDirectory
from moderation.workflows.explaining import Explained, explain
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.statements import rejection_in

# Long enough to read a long comment; a claim is renewed by claiming again.
CLAIM_LASTS = timedelta(minutes=2)
# Of an author's comments, and of comments that are alike.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the queue. `next` is the place behind which the next page begins; None on the last page.

    `total` counts what the filter finds; when `exact` is False there are more than that. `campaigns` are by the id of a
    comment.
    """

    comments: list[QueuedComment]
    campaigns: Mapping[UUID, Campaign]
    next: Place | None
    total: int
    exact: bool


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
    parent: QueuedComment | None = None  # the comment that is answered
    reports: list[Report] = field(default_factory=list)  # readers', newest first
    appeals: list[Appeal] = field(default_factory=list)  # the author's, oldest first
    rejection: Rejection | None = None  # of which the author is told, while it stands
    campaign: Campaign | None = None  # what is pending and says nearly the same, all of it


async def list_queue(
    site: UUID,
    wanted: QueueFilter,
    sort: Sort,
    *,
    after: Place | None,
    limit: int,
    read_at_once: AtOnce,
    now: datetime,
) -> Page:
    """Returns the comments of one site behind a place."""

    async def look(open_work: OpenWork) -> Page:
        async with open_work() as work:
            meaning = await meant(work, site, wanted, now=now)
            count = await work.queue.count(site, meaning)
            places = await work.queue.page(site, meaning, sort, after=after, limit=limit + 1, few=count <= FEW)
            comments = await work.items.all_of([place.id for place in places[:limit]], now=now)
            campaigns = await campaigns_of(work, comments)
        behind = places[limit - 1] if len(places) > limit else None
        return Page(comments, campaigns, behind, min(count, FEW), exact=count <= FEW)

    return await read_at_once(look)


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
        campaign = (await campaigns_of(work, [comment])).get(comment.id)
        alike = await _others(work, comment, campaign, now=now) if campaign else []
        answered = await work.surroundings.answered_by([comment])
        parents = await work.items.all_of(list(answered.values()), now=now)
        reports, appeals = await work.reports.about(comment.id), await work.appeals.about(comment.id)
        rejection = await rejection_in(work, decisions[-1])
    # No transaction stays open while the classifier computes.
    explained = await explain(scorer, known.site, comment)
    return CaseFile(
        comment,
        decisions,
        notes,
        author,
        by_author,
        alike,
        explained,
        next(iter(parents), None),
        reports,
        appeals,
        rejection,
        campaign,
    )


async def _others(work: Work, comment: QueuedComment, campaign: Campaign, *, now: datetime) -> list[QueuedComment]:
    """Returns the oldest of its campaign that wait beside a comment."""
    wanted = QueueFilter(campaign=comment.campaign)
    few = campaign.count < FEW  # no more are counted
    places = await work.queue.page(comment.site_id, wanted, Sort.OLDEST, after=None, limit=SHOWN + 1, few=few)
    return await work.items.all_of([place.id for place in places if place.id != comment.id][:SHOWN], now=now)


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


def _claimed(by: Claim | None) -> Claimed:
    if by is None:
        return Claimed()
    claim = {"moderator": by.moderator, "expires_at": rfc_3339(by.expires_at)}
    return Claimed(f"{by.moderator} looks at this comment.", claim=claim)
