"""What a page about models counts: what became of what people found, and how scores have moved."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select, true

from moderation.clock import first_id
from moderation.domain import Actor, Reason, Status
from moderation.storage.connection import Connection
from moderation.storage.tables import comments, decisions

BINS = 10


class ModelFigures:
    """The figures of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def confusion(self, site: UUID, *, since: datetime) -> dict[Reason, dict[Status, int]]:
        """Returns, by the reason that people gave last, what the machine had first done with these comments."""
        first = decisions.alias("first_one")
        latest = and_(comments.c.id == decisions.c.comment_id, comments.c.version == decisions.c.version)
        machine = and_(
            first.c.comment_id == decisions.c.comment_id, first.c.version == 1, first.c.decided_by == Actor.MACHINE
        )
        query = (
            select(decisions.c.reason, first.c.status, func.count().label("number"))
            .join(comments, latest)
            .join(first, machine)
            .where(
                decisions.c.site_id == site,
                decisions.c.moderator_id.is_not(None),
                decisions.c.id >= first_id(since),
                decisions.c.undoes_id.is_(None),
            )
            .group_by(decisions.c.reason, first.c.status)
        )
        found: dict[Reason, dict[Status, int]] = {}
        for row in await self._connection.execute(query):
            counts = found.setdefault(Reason(row.reason), dict.fromkeys(Status, 0))
            counts[Status(row.status)] = row.number
        return found

    async def scores(self, site: UUID, *, since: datetime, until: datetime) -> list[int]:
        """Returns how many comments that came then have a score in each of `BINS` equal parts of [0, 1]."""
        # Counted side by side: to group by a part of the score takes SQLite half as long again, for sorting.
        starts = [part / BINS for part in range(BINS)]
        within = [comments.c.score >= start for start in starts]
        below = [*(comments.c.score < start for start in starts[1:]), true()]  # 1.0 belongs to the last one
        parts = [func.count().filter(low, high) for low, high in zip(within, below, strict=True)]
        found = [0] * BINS
        # One status after the other: each is read along the index of status and time.
        for status in Status:
            query = select(*parts).where(
                comments.c.site_id == site,
                comments.c.status == status,
                comments.c.id >= first_id(since),
                comments.c.id < first_id(until),
            )
            counts = (await self._connection.execute(query)).one()
            found = [so_far + count for so_far, count in zip(found, counts, strict=True)]
        return found
