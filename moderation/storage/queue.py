"""The queue: which comments wait for a person, in five orders, page by page.

A page begins behind a place (keyset), so that every page costs the same and new arrivals move nothing. Each order is
walked along an index of pending comments. Where a filter leaves few comments, walking would pass by very many others:
then the few are collected first, by whatever index finds them, and put in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, func, literal_column, select

from moderation.domain import Place, QueueFilter, Sort, Status
from moderation.storage.connection import Connection
from moderation.storage.orders import Walk, in_order, stages
from moderation.storage.queue_words import holds_words
from moderation.storage.tables import articles, comments

# So many can be counted and put in order in a moment.
FEW = 1000


class Queue:
    """The queue in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def count(self, site: UUID, wanted: QueueFilter) -> int:
        """Returns how many comments there are, or FEW + 1 when there are more than FEW."""
        some: Select[Any] = select(literal_column("1")).where(*self._conditions(site, wanted)).limit(FEW + 1)
        return (await self._connection.execute(select(func.count()).select_from(some.subquery()))).scalar_one()

    async def page(
        self, site: UUID, wanted: QueueFilter, sort: Sort, *, after: Place | None, limit: int, few: bool
    ) -> list[Place]:
        """Returns the places behind `after`, in order. `few` says that the filter leaves FEW comments at most."""
        conditions = self._conditions(site, wanted)
        at: FromClause = _places(comments, conditions).limit(FEW).subquery() if few else comments
        found: list[Place] = []
        for walks in stages(sort, at, after):
            left = limit - len(found)
            rows = [place for walk in walks for place in await self._walk(at, [] if few else conditions, walk, left)]
            found += in_order(sort, rows)[:left]
            if len(found) >= limit:
                break
        return found

    async def lock_all(self, site: UUID, wanted: QueueFilter) -> list[UUID]:
        """Returns the ids of all, FEW + 1 at most, and keeps others from deciding them until the transaction ends."""
        query = select(comments.c.id).where(*self._conditions(site, wanted)).order_by(comments.c.id).limit(FEW + 1)
        return list((await self._connection.execute(query.with_for_update())).scalars())

    async def _walk(
        self, at: FromClause, conditions: Sequence[ColumnElement[bool]], walk: Walk, limit: int
    ) -> list[Place]:
        query = _places(at, [*conditions, *walk.conditions]).order_by(*walk.order).limit(limit)
        return [Place(row.id, row.score, row.reports) for row in await self._connection.execute(query)]

    def _conditions(self, site: UUID, wanted: QueueFilter) -> list[ColumnElement[bool]]:
        conditions = [comments.c.site_id == site, has_status(wanted.status), comments.c.deleted_at.is_(None)]
        if wanted.reason is not None:
            conditions.append(comments.c.reason == wanted.reason)
        if wanted.article is not None:
            article = select(articles.c.id).where(articles.c.site_id == site, articles.c.external_id == wanted.article)
            conditions.append(comments.c.article_id == article.scalar_subquery())
        if wanted.author is not None:
            conditions.append(comments.c.author_id == wanted.author)
        if wanted.min_score is not None:
            conditions.append(comments.c.score >= wanted.min_score)
        if wanted.max_score is not None:
            conditions.append(comments.c.score <= wanted.max_score)
        if wanted.words:
            conditions.append(
                holds_words(
                    wanted.words, dialect=self._connection.dialect.name, indexed=wanted.status is Status.PENDING
                )
            )
        return conditions


def has_status(status: Status) -> ColumnElement[bool]:
    """Returns the condition in letters, and not as a parameter: only then are partial indexes seen to fit."""
    return comments.c.status == literal_column(f"'{status.value}'")


def _places(at: FromClause, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return select(at.c.id, at.c.score, at.c.reports).where(*conditions)
