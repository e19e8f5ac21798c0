"""Authors by pseudonym: how their comments fared on a site; and the sealed address, for the one place that opens it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Label, func, or_, select

from moderation.domain import AuthorFile, JudgedAuthor, SealedEmail, Standing, Status
from moderation.storage.among import in_letters
from moderation.storage.authors import standing_at
from moderation.storage.connection import Connection
from moderation.storage.tables import authors, comments


class AuthorFiles:
    """What is known of authors, in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, author: UUID, sites: Collection[UUID], *, now: datetime) -> AuthorFile | None:
        """Returns what is known of an author of one of these sites."""
        query = select(authors).where(authors.c.id == author, authors.c.site_id.in_(sites))
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        standing, until = standing_at(now, row.standing, row.standing_until)
        return AuthorFile(
            id=row.id,
            site_id=row.site_id,
            name=await self._name(author),
            standing=standing,
            standing_until=until,
            first_seen_at=row.created_at,
            counts=await self._counts(author),
        )

    async def latest_ids(self, author: UUID, *, limit: int) -> list[UUID]:
        """Returns the ids of the author's latest comments, newest first."""
        query = (
            select(comments.c.id)
            .where(comments.c.author_id == author, comments.c.deleted_at.is_(None))
            .order_by(comments.c.received_at.desc(), comments.c.id.desc())
            .limit(limit)
        )
        return list((await self._connection.execute(query)).scalars())

    async def judged(
        self, site: UUID, standing: Standing | None, *, after: UUID | None, limit: int, now: datetime
    ) -> list[JudgedAuthor]:
        """Returns authors of a site who are banned, held or trusted now (or one of these), behind one, by their ids."""
        # The word in letters, and not as a parameter: only then is the partial index seen to fit.
        judged = authors.c.standing != in_letters(Standing.NORMAL)
        stands = or_(authors.c.standing_until.is_(None), authors.c.standing_until > now)
        query = select(authors, _latest_name()).where(authors.c.site_id == site, judged, stands)
        if standing is not None:
            query = query.where(authors.c.standing == standing)
        if after is not None:
            query = query.where(authors.c.id < after)
        rows = await self._connection.execute(query.order_by(authors.c.id.desc()).limit(limit))
        return [JudgedAuthor(row.id, row.name, Standing(row.standing), row.standing_until) for row in rows]

    async def sealed_email(self, author: UUID) -> SealedEmail | None:
        """Returns the sealed address of an author."""
        query = select(authors.c.email_fingerprint, authors.c.email_sealed).where(authors.c.id == author)
        row = (await self._connection.execute(query)).one_or_none()
        return SealedEmail(row.email_fingerprint, row.email_sealed) if row else None

    async def _counts(self, author: UUID) -> dict[Status, int]:
        query = (
            select(comments.c.status, func.count().label("comments"))
            .where(comments.c.author_id == author, comments.c.deleted_at.is_(None))
            .group_by(comments.c.status)
        )
        found = {Status(row.status): row.comments for row in await self._connection.execute(query)}
        return {status: found.get(status, 0) for status in Status}

    async def _name(self, author: UUID) -> str | None:
        newest = comments.c.received_at.desc(), comments.c.id.desc()
        query = select(comments.c.author_name).where(comments.c.author_id == author).order_by(*newest).limit(1)
        return (await self._connection.execute(query)).scalar_one_or_none()


def _latest_name() -> Label[str]:
    newest = comments.c.received_at.desc(), comments.c.id.desc()
    named = select(comments.c.author_name).where(comments.c.author_id == authors.c.id).order_by(*newest).limit(1)
    return named.scalar_subquery().label("name")
