"""The people who rule, the sites they are given, and their tokens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update

from moderation.clock import new_id
from moderation.domain import Moderator, Role
from moderation.storage.account_tables import moderator_sites, moderator_tokens, moderators
from moderation.storage.connection import Connection


class Moderators:
    """The accounts of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def count(self) -> int:
        """Returns how many accounts there are, disabled ones included."""
        return (await self._connection.execute(select(func.count()).select_from(moderators))).scalar_one()

    async def find(self, name: str) -> Moderator | None:
        """Returns an account that is not disabled, by name."""
        query = select(moderators).where(moderators.c.name == name, moderators.c.disabled_at.is_(None))
        row = (await self._connection.execute(query)).one_or_none()
        return Moderator(row.id, row.name, Role(row.role), await self._sites_of(row.id)) if row else None

    async def find_by_token(self, digest: bytes) -> Moderator | None:
        """Returns the account of a live token."""
        query = (
            select(moderators)
            .join(moderator_tokens, moderator_tokens.c.moderator_id == moderators.c.id)
            .where(
                moderator_tokens.c.digest == digest,
                moderator_tokens.c.revoked_at.is_(None),
                moderators.c.disabled_at.is_(None),
            )
        )
        row = (await self._connection.execute(query)).one_or_none()
        return Moderator(row.id, row.name, Role(row.role), await self._sites_of(row.id)) if row else None

    async def add(
        self, name: str, role: Role, sites: Collection[UUID], *, password_hash: str | None, now: datetime
    ) -> UUID:
        """Adds an account. Raises Raced if the name is taken."""
        moderator = new_id(now)
        row = {"id": moderator, "name": name, "role": role, "password_hash": password_hash, "created_at": now}
        await self._connection.execute(insert(moderators), row)
        if sites:
            given = [{"moderator_id": moderator, "site_id": site} for site in sites]
            await self._connection.execute(insert(moderator_sites), given)
        return moderator

    async def add_token(self, moderator: UUID, digest: bytes, *, now: datetime) -> None:
        """Adds a token."""
        row = {"id": new_id(now), "moderator_id": moderator, "digest": digest, "created_at": now}
        await self._connection.execute(insert(moderator_tokens), row)

    async def disable(self, moderator: UUID, *, now: datetime) -> None:
        """Ends an account and its tokens; what it decided stays."""
        await self._connection.execute(update(moderators).where(moderators.c.id == moderator).values(disabled_at=now))
        await self._connection.execute(
            update(moderator_tokens)
            .where(moderator_tokens.c.moderator_id == moderator, moderator_tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    async def _sites_of(self, moderator: UUID) -> frozenset[UUID]:
        query = select(moderator_sites.c.site_id).where(moderator_sites.c.moderator_id == moderator)
        return frozenset((await self._connection.execute(query)).scalars())
