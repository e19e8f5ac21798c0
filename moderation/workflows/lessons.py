"""The labels of a site, read page by page: however many there are, so many are kept in memory and no more."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from moderation.domain import Label, LabelledComment
from moderation.storage.database import OpenWork

PAGE = 1_000
# The newest of each label. More ham than spam, because there is more of it and more kinds of it.
MOST = {Label.SPAM: 20_000, Label.HAM: 40_000}


async def read_labels(
    site: UUID, *, open_reading: OpenWork, until: datetime, progress: Callable[[int], None] = lambda count: None
) -> list[LabelledComment]:
    """Returns the newest labels of a site, in the order in which they were given. `progress` is told how many were
    read. No transaction stays open between two pages."""
    kept: dict[Label, deque[LabelledComment]] = {label: deque(maxlen=most) for label, most in MOST.items()}
    after = None
    while True:
        async with open_reading() as work:
            page, after = await work.labels.page(site, after=after, until=until, limit=PAGE)
        for comment in page:
            kept[comment.label].append(comment)
        progress(len(page))
        if after is None:
            break
    return sorted((c for label in kept.values() for c in label), key=lambda c: (c.decided_at, c.id))
