"""Articles: known by the site's own id, made when first named, changed when the site says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.clock import new_id
from moderation.domain import ArticleRef, ArticleState, Comments, Moderation
from moderation.storage.tables import articles


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """An article in the store."""

    id: UUID
    state: ArticleState


class Articles:
    """The articles of a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, site: UUID, external_ids: Collection[str]) -> dict[str, KnownArticle]:
        """Returns the known ones by the site's id."""
        columns = (articles.c.external_id, articles.c.id, articles.c.comments, articles.c.moderation)
        query = select(*columns).where(articles.c.site_id == site, articles.c.external_id.in_(external_ids))
        return {
            row.external_id: KnownArticle(
                row.id, ArticleState(Comments(row.comments), Moderation(row.moderation) if row.moderation else None)
            )
            for row in await self._connection.execute(query)
        }

    async def add_all(self, site: UUID, refs: Sequence[ArticleRef], *, now: datetime) -> dict[str, KnownArticle]:
        """Adds open articles and returns them by the site's id."""
        rows = [
            {
                "id": new_id(now),
                "site_id": site,
                "external_id": ref.id,
                "url": ref.url,
                "title": ref.title,
                "comments": Comments.OPEN,
                "updated_at": now,
            }
            for ref in refs
        ]
        if rows:
            await self._connection.execute(insert(articles), rows)
        return {ref.id: KnownArticle(row["id"], ArticleState()) for ref, row in zip(refs, rows, strict=True)}  # type: ignore[arg-type]

    async def change(self, article: UUID, changes: Mapping[str, object], *, now: datetime) -> None:
        """Changes url, title, comments or moderation of one article."""
        await self._connection.execute(
            update(articles).where(articles.c.id == article).values(**changes, updated_at=now)
        )
