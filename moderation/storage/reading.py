"""What anyone may read: approved comments of an article, and how many there are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from moderation.domain import PublicComment, Status
from moderation.storage.connection import Connection
from moderation.storage.tables import articles, comments


@dataclass(frozen=True, slots=True)
class Page:
    """Some comments in thread order, and the thread after which the next page begins; None on the last page."""

    comments: list[PublicComment]
    next_after: str | None


class Reading:
    """The public view of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, site: UUID, article: str, *, after: str, limit: int) -> Page:
        """Returns approved comments: each is followed by its replies, oldest first."""
        query = (
            select(
                comments.c.id,
                comments.c.external_id,
                comments.c.parent_external_id,
                comments.c.author_name,
                comments.c.author_url,
                comments.c.text,
                comments.c.submitted_at,
                comments.c.thread,
            )
            .join(articles, articles.c.id == comments.c.article_id)
            .where(
                articles.c.site_id == site,
                articles.c.external_id == article,
                comments.c.status == Status.APPROVED,
                comments.c.thread > after,
            )
            .order_by(comments.c.thread)
            .limit(limit + 1)
        )
        rows = list(await self._connection.execute(query))
        shown = rows[:limit]
        return Page(
            [
                PublicComment(
                    row.id,
                    row.external_id,
                    row.parent_external_id,
                    row.author_name,
                    row.author_url,
                    row.text,
                    row.submitted_at,
                )
                for row in shown
            ],
            shown[-1].thread if len(rows) > limit else None,
        )

    async def counts(self, site: UUID, external_ids: Collection[str]) -> dict[str, int]:
        """Returns how many approved comments each article has; articles without any are left out."""
        query = (
            select(articles.c.external_id, func.count().label("approved"))
            .join(comments, comments.c.article_id == articles.c.id)
            .where(
                articles.c.site_id == site,
                articles.c.external_id.in_(external_ids),
                comments.c.status == Status.APPROVED,
            )
            .group_by(articles.c.external_id)
        )
        return {row.external_id: row.approved for row in await self._connection.execute(query)}
