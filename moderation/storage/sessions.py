"""Browsers in which people are logged in. Only digests of what the browsers hold are stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, or_, select, update

from moderation.clock import new_id
from moderation.domain import Session
from moderation.storage.account_tables import sessions
from moderation.storage.connection import Connection


class Sessions:
    """The sessions of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, digest: bytes) -> tuple[UUID, Session] | None:
        """Returns a session and whose it is, however old."""
        row = (await self._connection.execute(select(sessions).where(sessions.c.digest == digest))).one_or_none()
        return (row.moderator_id, _session(row)) if row else None

    async def of(self, moderator: UUID) -> Sequence[Session]:
        """Returns the sessions of an account, the one that was seen last first."""
        query = select(sessions).where(sessions.c.moderator_id == moderator)
        rows = await self._connection.execute(query.order_by(sessions.c.seen_at.desc(), sessions.c.id.desc()))
        return [_session(row) for row in rows]

    async def add(self, moderator: UUID, digest: bytes, *, device: str, now: datetime) -> None:
        """Adds a session."""
        row = {
            "id": new_id(now),
            "moderator_id": moderator,
            "digest": digest,
            "device": device,
            "created_at": now,
            "seen_at": now,
        }
        await self._connection.execute(insert(sessions), row)

    async def touch(self, session: UUID, *, now: datetime) -> None:
        """Notes that somebody is still there."""
        await self._connection.execute(update(sessions).where(sessions.c.id == session).values(seen_at=now))

    async def end(self, moderator: UUID, session: UUID) -> bool:
        """Ends a session. Returns whether this account had it."""
        which = (sessions.c.moderator_id == moderator, sessions.c.id == session)
        return (await self._connection.execute(delete(sessions).where(*which))).rowcount == 1

    async def end_by_digest(self, digest: bytes) -> None:
        """Ends a session, if there is one."""
        await self._connection.execute(delete(sessions).where(sessions.c.digest == digest))

    async def end_all(self, moderator: UUID, *, but: UUID | None = None) -> None:
        """Ends the sessions of an account, all but one."""
        which = [sessions.c.moderator_id == moderator]
        if but is not None:
            which.append(sessions.c.id != but)
        await self._connection.execute(delete(sessions).where(*which))

    async def forget(self, *, seen_before: datetime, created_before: datetime) -> int:
        """Forgets sessions that nobody may use any more. Returns how many."""
        over = or_(sessions.c.seen_at < seen_before, sessions.c.created_at < created_before)
        return (await self._connection.execute(delete(sessions).where(over))).rowcount


def _session(row: Row[*tuple[Any, ...]]) -> Session:
    return Session(row.id, row.device, row.created_at, row.seen_at)
