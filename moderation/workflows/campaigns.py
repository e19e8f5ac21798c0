"""Campaigns in the queue: what says nearly the same is found together, decided together and put back together.

All comments of a campaign bear its name: the id of the one that began it. A comment that says nearly the same as an
earlier one gets the name when it comes in, or is edited; see `campaign_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from moderation.domain import Campaign, QueuedComment, QueueFilter, Status
from moderation.storage.database import OpenWork
from moderation.storage.queue import FEW
from moderation.storage.work import Work

# No campaign has this name.
_NOBODY = UUID(int=0)


async def campaigns_of(work: Work, comments: Sequence[QueuedComment]) -> dict[UUID, Campaign]:
    """Returns for each comment the pending ones that say nearly the same, FEW at most; nothing for a comment beside
    which no other waits."""
    there = [comment for comment in comments if comment.deleted_at is None]
    waiting = await work.campaigns.waiting([comment.id for comment in there], most=FEW)
    found = {comment.id: (comment, waiting[comment.campaign]) for comment in there if comment.campaign in waiting}
    return {key: campaign for key, (comment, campaign) in found.items() if others_in(campaign, comment)}


async def campaigns_in(comments: Sequence[QueuedComment], *, open_reading: OpenWork) -> dict[UUID, Campaign]:
    """Returns the same in a transaction of its own."""
    async with open_reading() as work:
        return await campaigns_of(work, comments)


def others_in(campaign: Campaign, comment: QueuedComment) -> int:
    """Returns how many of its campaign wait beside a comment."""
    return campaign.count - is_in(campaign, comment)


def is_in(campaign: Campaign, comment: QueuedComment) -> bool:
    """Tells whether a comment of this name is among those that are counted."""
    return comment.status is Status.PENDING and campaign.first <= comment.id <= campaign.last


async def meant(work: Work, site: UUID, wanted: QueueFilter, *, now: datetime) -> QueueFilter:
    """Returns a filter that says by its name what `like` means; a comment that is not there is like nothing."""
    if wanted.like is None:
        return wanted
    comment = await work.items.find(wanted.like, [site], now=now)
    if comment is None or comment.deleted_at is not None:
        return replace(wanted, campaign=_NOBODY)
    return replace(wanted, campaign=comment.campaign)
