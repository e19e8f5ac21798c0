"""What happened in the queue lately: read from decisions and claims, so that nothing more is written for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select

from moderation.clock import first_id
from moderation.domain import Actor, Happening, Reason, Status
from moderation.storage.connection import Connection
from moderation.storage.tables import claims, decisions, moderators


class Happenings:
    """What happened, in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def decided_since(self, moment: datetime, *, limit: int) -> list[Happening]:
        """Returns what entered, left or changed since then on all sites, oldest first."""
        query = _decided().where(decisions.c.id >= first_id(moment)).limit(limit)
        return [_happening(row) for row in await self._connection.execute(query)]

    async def decided_after(self, decision: UUID, site: UUID | None = None, *, limit: int) -> list[Happening]:
        """Returns what came after a decision, on one site or on all, oldest first."""
        query = _decided().where(decisions.c.id > decision).limit(limit)
        if site is not None:
            query = query.where(decisions.c.site_id == site)
        return [_happening(row) for row in await self._connection.execute(query)]

    async def latest(self) -> UUID | None:
        """Returns the decision that was taken last, on any site."""
        query = select(decisions.c.id).order_by(decisions.c.id.desc()).limit(1)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def claimed_since(self, moment: datetime, *, now: datetime) -> list[Happening]:
        """Returns the claims that were taken, renewed or ended since then, as they are now."""
        query = (
            select(claims, moderators.c.name.label("moderator"))
            .join(moderators, moderators.c.id == claims.c.moderator_id)
            .where(claims.c.changed_at >= moment)
            .order_by(claims.c.changed_at)
        )
        return [_claim(row, now) for row in await self._connection.execute(query)]


def _decided() -> Select[Any]:
    earlier = decisions.alias("earlier")
    replaced = and_(earlier.c.comment_id == decisions.c.comment_id, earlier.c.version == decisions.c.version - 1)
    return (
        select(decisions, earlier.c.status.label("was"), moderators.c.name.label("moderator"))
        .outerjoin(earlier, replaced)
        .outerjoin(moderators, moderators.c.id == decisions.c.moderator_id)
        # What is published or rejected at once was never in the queue.
        .where(or_(decisions.c.version > 1, decisions.c.status == Status.PENDING))
        .order_by(decisions.c.id)
    )


def _happening(row: Row[*tuple[Any, ...]]) -> Happening:
    return Happening(
        id=row.id,
        site_id=row.site_id,
        comment_id=row.comment_id,
        kind=_kind(row.was, row.status),
        at=row.decided_at,
        moderator=row.moderator,
        version=row.version,
        status=Status(row.status),
        was=Status(row.was) if row.was else None,
        reason=Reason(row.reason),
        decided_by=Actor(row.decided_by),
        batch_id=row.batch_id,
        undoes_id=row.undoes_id,
    )


def _kind(was: str | None, status: str) -> str:
    if status == Status.PENDING:
        return "changed" if was == Status.PENDING else "entered"
    return "left" if was == Status.PENDING else "changed"


def _claim(row: Row[*tuple[Any, ...]], now: datetime) -> Happening:
    return Happening(
        id=None,
        site_id=row.site_id,
        comment_id=row.comment_id,
        kind="claimed" if row.expires_at > now else "released",
        at=row.changed_at,
        moderator=row.moderator,
        expires_at=row.expires_at,
    )
