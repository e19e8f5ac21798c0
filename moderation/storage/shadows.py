"""Models that score in the shadow: which ones, how far they are, and what they would have said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from moderation.clock import first_id
from moderation.domain import Shadow
from moderation.storage.connection import Connection
from moderation.storage.tables import comments
from moderation.storage.training_tables import shadow_models, shadow_scores


@dataclass(frozen=True, slots=True)
class Unshadowed:
    """A comment that a shadow has not scored yet."""

    id: UUID
    author_name: str
    author_url: str | None
    text: str


class Shadows:
    """The shadows of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self) -> list[Shadow]:
        """Returns every shadow there is."""
        return [
            Shadow(row.site_id, row.version, row.after_id, row.begun_by, row.begun_at)
            for row in await self._connection.execute(select(shadow_models))
        ]

    async def of(self, site: UUID) -> Shadow | None:
        """Returns the shadow of a site."""
        return next((shadow for shadow in await self.all() if shadow.site_id == site), None)

    async def begin(self, site: UUID, version: str, *, by: str, now: datetime) -> None:
        """Lets a version score what comes from now on, in place of the shadow before it, whose scores are forgotten."""
        await self.end(site)
        row = {"site_id": site, "version": version, "after_id": first_id(now), "begun_by": by, "begun_at": now}
        await self._connection.execute(insert(shadow_models), row)

    async def end(self, site: UUID) -> bool:
        """Ends the shadow of a site and forgets its scores. Returns whether there was one."""
        await self._connection.execute(delete(shadow_scores).where(shadow_scores.c.site_id == site))
        ended = await self._connection.execute(delete(shadow_models).where(shadow_models.c.site_id == site))
        return ended.rowcount == 1

    async def next(self, shadow: Shadow, *, limit: int) -> list[Unshadowed]:
        """Returns comments that a shadow has not scored yet, oldest first."""
        query = (
            select(comments.c.id, comments.c.author_name, comments.c.author_url, comments.c.text)
            .where(comments.c.site_id == shadow.site_id, comments.c.id > shadow.after)
            .order_by(comments.c.id)
            .limit(limit)
        )
        rows = await self._connection.execute(query)
        return [Unshadowed(row.id, row.author_name, row.author_url, row.text) for row in rows]

    async def keep(self, shadow: Shadow, scores: Sequence[tuple[UUID, float]], *, most: int) -> bool:
        """Keeps scores of the comments behind the last one, and of all that the site has the latest `most`. Returns
        False if another instance has been faster."""
        here = (shadow_models.c.site_id == shadow.site_id, shadow_models.c.after_id == shadow.after)
        same = shadow_models.c.version == shadow.version
        moved = await self._connection.execute(update(shadow_models).where(*here, same).values(after_id=scores[-1][0]))
        if moved.rowcount != 1:
            return False
        rows = [
            {"comment_id": comment, "site_id": shadow.site_id, "version": shadow.version, "score": score}
            for comment, score in scores
        ]
        await self._connection.execute(insert(shadow_scores), rows)
        mine = shadow_scores.c.site_id == shadow.site_id
        newest_first = select(shadow_scores.c.comment_id).where(mine).order_by(shadow_scores.c.comment_id.desc())
        first_too_old = newest_first.offset(most).limit(1).scalar_subquery()
        await self._connection.execute(delete(shadow_scores).where(mine, shadow_scores.c.comment_id <= first_too_old))
        return True

    async def scores(self, site: UUID, *, limit: int) -> Mapping[UUID, float]:
        """Returns the latest scores of a site's shadow, by comment."""
        query = select(shadow_scores.c.comment_id, shadow_scores.c.score).where(shadow_scores.c.site_id == site)
        rows = await self._connection.execute(query.order_by(shadow_scores.c.comment_id.desc()).limit(limit))
        return {row.comment_id: row.score for row in rows}
