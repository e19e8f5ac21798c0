"""What anyone may read: approved comments of an article, and how many there are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select

from moderation.domain import Comments, PublicArticle, PublicComment, Status
from moderation.storage.connection import Connection
from moderation.storage.tables import articles, comments


@dataclass(frozen=True, slots=True)
class Page:
    """Some comments in thread order, and the thread after which the next page begins; None on the last page."""

    comments: list[PublicComment]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class Latest:
    """A comment of a feed, when it got its present words, and the article that it belongs to."""

    comment: PublicComment
    written_at: datetime
    article: PublicArticle


_SHOWN = (
    comments.c.id,
    comments.c.external_id,
    comments.c.parent_external_id,
    comments.c.author_name,
    comments.c.author_url,
    comments.c.text,
    comments.c.submitted_at,
)
_ARTICLE = (articles.c.external_id.label("article"), articles.c.url, articles.c.title, articles.c.comments)


class Reading:
    """The public view of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, site: UUID, article: str, *, after: str, limit: int) -> Page:
        """Returns approved comments: each is followed by its replies, oldest first."""
        query = (
            select(*_SHOWN, comments.c.thread)
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
        return Page([_public(row) for row in shown], shown[-1].thread if len(rows) > limit else None)

    async def article(self, site: UUID, external_id: str) -> PublicArticle:
        """Returns what we know of an article; one that nobody has named before is open."""
        query = select(*_ARTICLE).where(articles.c.site_id == site, articles.c.external_id == external_id)
        row = (await self._connection.execute(query)).one_or_none()
        return _article(row) if row else PublicArticle(external_id)

    async def published(self, site: UUID, article: str, key: UUID) -> PublicComment | None:
        """Returns an approved comment of an article by our id of it."""
        return await self._one(site, article, comments.c.id == key)

    async def comment(self, site: UUID, article: str, external_id: str) -> PublicComment | None:
        """Returns an approved comment of an article by the site's id of it."""
        return await self._one(site, article, comments.c.external_id == external_id)

    async def _one(self, site: UUID, article: str, known_by: ColumnElement[bool]) -> PublicComment | None:
        query = (
            select(*_SHOWN)
            .join(articles, articles.c.id == comments.c.article_id)
            .where(
                known_by,
                comments.c.site_id == site,
                comments.c.status == Status.APPROVED,
                articles.c.external_id == article,
            )
        )
        row = (await self._connection.execute(query)).one_or_none()
        return _public(row) if row else None

    async def latest_of_site(self, site: UUID, *, limit: int) -> list[Latest]:
        """Returns the approved comments of a site that came last, the newest first."""
        query = (
            select(*_SHOWN, *_ARTICLE, comments.c.edited_at)
            .join(articles, articles.c.id == comments.c.article_id)
            .where(comments.c.site_id == site, comments.c.status == Status.APPROVED)
            .order_by(comments.c.id.desc())
            .limit(limit)
        )
        return [_latest(row) for row in await self._connection.execute(query)]

    async def latest_of_article(self, site: UUID, article: str, *, limit: int) -> list[Latest]:
        """Returns the approved comments of an article that came last, the newest first."""
        query = (
            select(*_SHOWN, *_ARTICLE, comments.c.edited_at)
            .join(articles, articles.c.id == comments.c.article_id)
            .where(articles.c.site_id == site, articles.c.external_id == article, comments.c.status == Status.APPROVED)
            # Not by id, of which there is an index: it would be walked from the newest comment of all sites.
            .order_by(comments.c.received_at.desc(), comments.c.id.desc())
            .limit(limit)
        )
        return [_latest(row) for row in await self._connection.execute(query)]

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


def _public(row: Row[*tuple[Any, ...]]) -> PublicComment:
    return PublicComment(
        row.id,
        row.external_id,
        row.parent_external_id,
        row.author_name,
        row.author_url,
        row.text,
        row.submitted_at,
    )


def _latest(row: Row[*tuple[Any, ...]]) -> Latest:
    return Latest(_public(row), row.edited_at or row.submitted_at, _article(row))


def _article(row: Row[*tuple[Any, ...]]) -> PublicArticle:
    return PublicArticle(row.article, row.url, row.title, Comments(row.comments))
