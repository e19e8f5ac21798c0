"""What lets somebody in once, and how often somebody has tried."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from moderation.clock import new_id
from moderation.domain import LinkPurpose
from moderation.storage.account_tables import login_tries, one_time_links
from moderation.storage.connection import Connection


class Logins:
    """The one-time links and the counted tries of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_link(
        self, digest: bytes, purpose: LinkPurpose, moderator: UUID | None, *, now: datetime, until: datetime
    ) -> None:
        """Adds a link. One for a password takes the place of those that the account had before."""
        if moderator is not None:
            await self.void_links(moderator)
        row = {
            "id": new_id(now),
            "digest": digest,
            "purpose": purpose,
            "moderator_id": moderator,
            "created_at": now,
            "expires_at": until,
        }
        await self._connection.execute(one_time_links.insert(), row)

    async def find_link(self, digest: bytes, *, now: datetime) -> tuple[LinkPurpose, UUID | None] | None:
        """Returns what a link that still lives is for, and for which account."""
        query = select(one_time_links).where(one_time_links.c.digest == digest, one_time_links.c.expires_at > now)
        row = (await self._connection.execute(query)).one_or_none()
        return (LinkPurpose(row.purpose), row.moderator_id) if row else None

    async def use_link(self, digest: bytes, *, now: datetime) -> bool:
        """Uses a link up. Returns False if it has expired or somebody else has just used it."""
        which = (one_time_links.c.digest == digest, one_time_links.c.expires_at > now)
        return (await self._connection.execute(delete(one_time_links).where(*which))).rowcount == 1

    async def void_links(self, moderator: UUID | None) -> None:
        """Takes the links of an account away; with None, those for the first administrator."""
        # `==` of SQLAlchemy asks for IS NULL where it is held against None.
        await self._connection.execute(delete(one_time_links).where(one_time_links.c.moderator_id == moderator))

    async def count_try(self, who: bytes, *, now: datetime, until: datetime) -> tuple[int, datetime]:
        """Counts one more try. Returns how many there are, and when they are forgotten: at `until`, for the first."""
        make = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        statement = make(login_tries).values(who=who, tries=1, ends_at=until)
        over = login_tries.c.ends_at <= now
        kept = {
            "tries": case((over, 1), else_=login_tries.c.tries + 1),
            "ends_at": case((over, until), else_=login_tries.c.ends_at),
        }
        counted = statement.on_conflict_do_update(index_elements=[login_tries.c.who], set_=kept)
        row = (await self._connection.execute(counted.returning(login_tries.c.tries, login_tries.c.ends_at))).one()
        return row.tries, row.ends_at

    async def forgive(self, who: bytes) -> None:
        """Takes one try back."""
        which = (login_tries.c.who == who, login_tries.c.tries > 0)
        await self._connection.execute(update(login_tries).where(*which).values(tries=login_tries.c.tries - 1))

    async def forgive_all(self, who: bytes) -> None:
        """Takes all tries back."""
        await self._connection.execute(delete(login_tries).where(login_tries.c.who == who))

    async def forget(self, *, now: datetime) -> int:
        """Forgets tries and links whose time is over. Returns how many."""
        tries = await self._connection.execute(delete(login_tries).where(login_tries.c.ends_at <= now))
        links = await self._connection.execute(delete(one_time_links).where(one_time_links.c.expires_at <= now))
        return tries.rowcount + links.rowcount
