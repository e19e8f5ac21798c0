"""Comments as moderators see them, fetched by id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, select

from moderation.domain import ArticleRef, Claim, QueuedComment, Reason, Status
from moderation.storage.campaigns import name_of_campaign
from moderation.storage.connection import Connection
from moderation.storage.tables import articles, claims, comments, decisions, moderators, sites


class QueueItems:
    """What is shown of comments, in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, comment: UUID, of: Collection[UUID], *, now: datetime) -> QueuedComment | None:
        """Returns a comment of one of these sites, also a deleted one."""
        row = (await self._connection.execute(_ONE, {"now": now, "id": comment, "of": list(of)})).one_or_none()
        return _comment(row) if row else None

    async def all_of(self, ids: Sequence[UUID], *, now: datetime) -> list[QueuedComment]:
        """Returns comments in the order of their ids as given; what is not there is left out."""
        if not ids:
            return []
        rows = await self._connection.execute(_ALL, {"now": now, "ids": list(ids)})
        found = {row.id: _comment(row) for row in rows}
        return [found[key] for key in ids if key in found]


def _shown() -> Select[Any]:
    latest = and_(decisions.c.comment_id == comments.c.id, decisions.c.version == comments.c.version)
    live = and_(claims.c.comment_id == comments.c.id, claims.c.expires_at > bindparam("now"))
    return (
        select(
            *(comments.c[name] for name in _COLUMNS),
            name_of_campaign.label("campaign"),
            sites.c.slug,
            articles.c.external_id.label("article_external_id"),
            articles.c.url.label("article_url"),
            articles.c.title.label("article_title"),
            decisions.c.detail,
            claims.c.moderator_id.label("claimed_by"),
            claims.c.expires_at.label("claimed_until"),
            moderators.c.name.label("claimed_by_name"),
        )
        .join(sites, sites.c.id == comments.c.site_id)
        .join(articles, articles.c.id == comments.c.article_id)
        .join(decisions, latest)
        .outerjoin(claims, live)
        .outerjoin(moderators, moderators.c.id == claims.c.moderator_id)
    )


# Neither the IP's network nor the browser: nobody needs them to rule.
_COLUMNS = (
    "id",
    "site_id",
    "external_id",
    "parent_external_id",
    "author_id",
    "author_name",
    "author_url",
    "text",
    "submitted_at",
    "received_at",
    "edited_at",
    "deleted_at",
    "version",
    "status",
    "reason",
    "score",
    "model",
    "reports",
)


# Put together once: a page of the queue asks them each time.
_ONE = _shown().where(comments.c.id == bindparam("id"), comments.c.site_id.in_(bindparam("of", expanding=True)))
_ALL = _shown().where(comments.c.id.in_(bindparam("ids", expanding=True)))


def _comment(row: Row[*tuple[Any, ...]]) -> QueuedComment:
    claim = Claim(row.id, row.claimed_by, row.claimed_by_name, row.claimed_until) if row.claimed_by else None
    return QueuedComment(
        id=row.id,
        site_id=row.site_id,
        site=row.slug,
        external_id=row.external_id,
        article=ArticleRef(row.article_external_id, row.article_url, row.article_title),
        parent_id=row.parent_external_id,
        author_id=row.author_id,
        author_name=row.author_name,
        author_url=row.author_url,
        text=row.text,
        submitted_at=row.submitted_at,
        received_at=row.received_at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        version=row.version,
        status=Status(row.status),
        reason=Reason(row.reason),
        detail=row.detail,
        score=row.score,
        model=row.model,
        reports=row.reports,
        campaign=row.campaign,
        claim=claim,
    )
