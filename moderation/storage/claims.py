"""Who looks at which comment now, and what moderators tell each other about it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, or_, select, update

from moderation.clock import new_id
from moderation.domain import Claim, Note
from moderation.storage.connection import Connection
from moderation.storage.tables import claims, moderators, notes


class Claims:
    """The claims of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, comment: UUID, site: UUID, moderator: UUID, *, now: datetime, until: datetime) -> bool:
        """Claims a comment, or goes on with a claim of one's own. Returns False when another one's is alive.

        Raises Raced if somebody else does the same for the first time.
        """
        known = select(claims.c.comment_id).where(claims.c.comment_id == comment)
        if (await self._connection.execute(known)).one_or_none() is None:
            row = {"comment_id": comment, "site_id": site, "moderator_id": moderator}
            await self._connection.execute(insert(claims), {**row, "expires_at": until, "changed_at": now})
            return True
        free = or_(claims.c.moderator_id == moderator, claims.c.expires_at <= now)
        statement = (
            update(claims)
            .where(claims.c.comment_id == comment, free)
            .values(moderator_id=moderator, expires_at=until, changed_at=now)
        )
        return (await self._connection.execute(statement)).rowcount == 1

    async def find(self, comment: UUID, *, now: datetime) -> Claim | None:
        """Returns the claim that is alive."""
        query = (
            select(claims, moderators.c.name)
            .join(moderators, moderators.c.id == claims.c.moderator_id)
            .where(claims.c.comment_id == comment, claims.c.expires_at > now)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return Claim(row.comment_id, row.moderator_id, row.name, row.expires_at) if row else None

    async def end(self, ids: Collection[UUID], *, now: datetime) -> None:
        """Ends the claims on these comments."""
        alive = (claims.c.comment_id.in_(ids), claims.c.expires_at > now)
        await self._connection.execute(update(claims).where(*alive).values(expires_at=now, changed_at=now))


class Notes:
    """The notes of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, comment: UUID, moderator: UUID, text: str, *, now: datetime) -> UUID:
        """Adds a note and returns its id."""
        note = new_id(now)
        row = {"id": note, "comment_id": comment, "moderator_id": moderator, "text": text, "written_at": now}
        await self._connection.execute(insert(notes), row)
        return note

    async def about(self, comment: UUID) -> list[Note]:
        """Returns the notes about a comment, oldest first."""
        query = (
            select(notes, moderators.c.name)
            .join(moderators, moderators.c.id == notes.c.moderator_id)
            .where(notes.c.comment_id == comment)
            .order_by(notes.c.id)
        )
        return [Note(row.id, row.name, row.text, row.written_at) for row in await self._connection.execute(query)]
