"""Articles: known by the site's own id, made when first named, changed when the site says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.domain import ArticleRef, ArticleState, Comments, Moderation
from moderation.errors import Raced
from moderation.storage.tables import articles


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """An article in the store."""

    id: UUID
    state: ArticleState
    said_at: datetime | None  # the site's time of its last word about it


class Articles:
    """The articles of a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, site: UUID, external_ids: Collection[str]) -> dict[str, KnownArticle]:
        """Returns the known ones by the site's id."""
        columns = (
            articles.c.external_id,
            articles.c.id,
            articles.c.comments,
            articles.c.moderation,
            articles.c.said_at,
        )
        query = select(*columns).where(articles.c.site_id == site, articles.c.external_id.in_(external_ids))
        return {
            row.external_id: KnownArticle(
                row.id,
                ArticleState(Comments(row.comments), Moderation(row.moderation) if row.moderation else None),
                row.said_at,
            )
            for row in await self._connection.execute(query)
        }

    async def add_all(self, site: UUID, new: Sequence[tuple[UUID, ArticleRef]], *, now: datetime) -> None:
        """Adds open articles under the ids given. Raises Raced if one of them is known by now."""
        rows = [
            {
                "id": article,
                "site_id": site,
                "external_id": ref.id,
                "url": ref.url,
                "title": ref.title,
                "comments": Comments.OPEN,
                "created_at": now,
            }
            for article, ref in sorted(new, key=lambda pair: pair[1].id)
        ]
        if rows:
            await self._connection.execute(insert(articles), rows)

    async def change(self, article: UUID, changes: Mapping[str, object], *, said_at: datetime) -> None:
        """Changes url, title, comments or moderation of one article, as the site said at that time.

        Raises Raced if the site's word of a later time came first.
        """
        still_news = or_(articles.c.said_at.is_(None), articles.c.said_at <= said_at)
        statement = update(articles).where(articles.c.id == article, still_news).values(**changes, said_at=said_at)
        if (await self._connection.execute(statement)).rowcount != 1:
            raise Raced
