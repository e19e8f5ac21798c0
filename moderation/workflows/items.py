"""Comments with what one wants to know at first sight to rule on them; asked together for a whole page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from moderation.domain import AuthorRecord, Campaign, Note, PastDecision, QueuedComment, Site
from moderation.scoring import Scorer
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.work import Work
from moderation.workflows.explaining import Explained, explain_all


@dataclass(frozen=True, slots=True)
class Item:
    """A comment, why it has its score (None: that cannot be said now), and what stands around it.

    `parent` is the comment that is answered, if it is there; `campaign` is what is pending and says nearly the same.
    """

    comment: QueuedComment
    explained: Explained | None
    author: AuthorRecord
    decisions: Sequence[PastDecision]
    notes: Sequence[Note]
    parent: QueuedComment | None
    campaign: Campaign | None


async def items_of(
    site: Site,
    comments: Sequence[QueuedComment],
    *,
    campaigns: Mapping[UUID, Campaign],
    read_at_once: AtOnce,
    scorer: Scorer,
    now: datetime,
) -> list[Item]:
    """Returns comments of one site with what stands around them, in the order given. `campaigns` are by the comment."""
    if not comments:
        return []

    async def look(open_work: OpenWork) -> list[Item]:
        async with open_work() as work:
            return await _items(work, comments, campaigns, now=now)

    items = await read_at_once(look)
    # No transaction stays open while the classifier computes.
    explained = await explain_all(scorer, site, comments)
    return [replace(item, explained=explained.get(item.comment.id)) for item in items]


async def _items(
    work: Work, comments: Sequence[QueuedComment], campaigns: Mapping[UUID, Campaign], *, now: datetime
) -> list[Item]:
    ids = [comment.id for comment in comments]
    records = await work.surroundings.records({comment.author_id for comment in comments}, now=now)
    decisions = await work.surroundings.decisions_on(ids)
    notes = await work.surroundings.notes_about(ids)
    answered = await work.surroundings.answered_by(comments)
    parents = {each.id: each for each in await work.items.all_of(list(answered.values()), now=now)}
    return [
        Item(
            comment,
            None,
            records[comment.author_id],
            decisions[comment.id],
            notes.get(comment.id, []),
            _parent(comment, answered, parents),
            campaigns.get(comment.id),
        )
        for comment in comments
    ]


def _parent(
    comment: QueuedComment, answered: Mapping[tuple[UUID, str], UUID], found: Mapping[UUID, QueuedComment]
) -> QueuedComment | None:
    parent = answered.get((comment.site_id, comment.parent_id)) if comment.parent_id is not None else None
    return found.get(parent) if parent is not None else None
