"""Articles as moderators see them: the newest first, with how many comments they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from moderation.domain import ArticleFilter, ArticleRef, ArticleState, Comments, ListedArticle, Moderation, Status
from moderation.storage.among import in_letters
from moderation.storage.connection import Connection
from moderation.storage.tables import articles, comments


class ArticleList:
    """What is shown of articles, in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, site: UUID, wanted: ArticleFilter, *, after: UUID | None, limit: int) -> list[ListedArticle]:
        """Returns articles behind one, newest first."""
        query = select(articles).where(articles.c.site_id == site, *_filters(wanted))
        if after is not None:
            query = query.where(articles.c.id < after)
        return await self._listed(query.order_by(articles.c.id.desc()).limit(limit))

    async def find(self, article: UUID, sites: Sequence[UUID] | frozenset[UUID]) -> ListedArticle | None:
        """Returns an article of one of these sites."""
        query = select(articles).where(articles.c.id == article, articles.c.site_id.in_(sites))
        return next(iter(await self._listed(query)), None)

    async def _listed(self, query: Select[Any]) -> list[ListedArticle]:
        rows = (await self._connection.execute(query)).all()
        ids = [row.id for row in rows]
        approved, pending = await self._counts(ids, Status.APPROVED), await self._counts(ids, Status.PENDING)
        return [_article(row, approved.get(row.id, 0), pending.get(row.id, 0)) for row in rows]

    async def _counts(self, ids: Sequence[UUID], status: Status) -> dict[UUID, int]:
        # The status in letters, and not as a parameter: only then are partial indexes seen to fit.
        at = comments.c.status == in_letters(status)
        query = (
            select(comments.c.article_id, func.count().label("comments"))
            .where(comments.c.article_id.in_(ids), at)
            .group_by(comments.c.article_id)
        )
        return {row.article_id: row.comments for row in await self._connection.execute(query)} if ids else {}


def _filters(wanted: ArticleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.comments is not None:
        conditions.append(articles.c.comments == wanted.comments)
    if wanted.moderation is not None:
        conditions.append(articles.c.moderation == wanted.moderation)
    if wanted.words is not None:
        named = (articles.c.title, articles.c.url, articles.c.external_id)
        conditions.append(or_(*(column.icontains(wanted.words, autoescape=True) for column in named)))
    return conditions


def _article(row: Row[*tuple[Any, ...]], approved: int, pending: int) -> ListedArticle:
    moderation = Moderation(row.moderation) if row.moderation else None
    return ListedArticle(
        id=row.id,
        site_id=row.site_id,
        ref=ArticleRef(row.external_id, row.url, row.title),
        state=ArticleState(Comments(row.comments), moderation),
        created_at=row.created_at,
        approved=approved,
        pending=pending,
    )
