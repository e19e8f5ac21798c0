"""Comments as moderators see them, fetched by id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, select

from moderation.domain import ArticleRef, Claim, QueuedComment, Reason, Status
from moderation.storage.among import on_each
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
        rows = await self._connection.execute(_ALL[self._connection.dialect.name], {"now": now, "ids": list(ids)})
        found = {comment.id: comment for comment in map(_comment, rows)}
        return [found[key] for key in ids if key in found]


def _shown() -> Select[Any]:
    latest = and_(decisions.c.comment_id == comments.c.id, decisions.c.version == comments.c.version)
    live = and_(claims.c.comment_id == comments.c.id, claims.c.expires_at > bindparam("now"))
    return (
        select(*_COLUMNS)
        .join(sites, sites.c.id == comments.c.site_id)
        .join(articles, articles.c.id == comments.c.article_id)
        .join(decisions, latest)
        .outerjoin(claims, live)
        .outerjoin(moderators, moderators.c.id == claims.c.moderator_id)
    )


# In the order of the fields of `QueuedComment`. Neither the IP's network nor the browser: nobody needs them to rule.
_COLUMNS = (
    comments.c.id,
    comments.c.site_id,
    sites.c.slug,
    comments.c.external_id,
    *(articles.c.external_id.label("article"), articles.c.url, articles.c.title),
    comments.c.parent_external_id,
    comments.c.author_id,
    comments.c.author_name,
    comments.c.author_url,
    comments.c.text,
    comments.c.submitted_at,
    comments.c.received_at,
    comments.c.edited_at,
    comments.c.deleted_at,
    comments.c.version,
    comments.c.status,
    comments.c.reason,
    decisions.c.detail,
    comments.c.score,
    comments.c.model,
    comments.c.reports,
    name_of_campaign.label("campaign"),
    *(claims.c.moderator_id, moderators.c.name, claims.c.expires_at),
)

_ARTICLE, _STATUS, _REASON = slice(4, 7), 17, 18


# Put together once: a page of the queue asks them each time.
_ONE = _shown().where(comments.c.id == bindparam("id"), comments.c.site_id.in_(bindparam("of", expanding=True)))
_ALL = on_each(lambda among: _shown().where(among(comments.c.id, "ids")))


def _comment(row: Row[*tuple[Any, ...]]) -> QueuedComment:
    # Taken apart by place: to ask for each column by its name takes three times as long, and a page has fifty rows.
    values: list[Any] = [*row]
    holder, name, until = values[-3:]
    values[-3:] = [Claim(values[0], holder, name, until) if holder else None]
    values[_STATUS], values[_REASON] = Status(values[_STATUS]), Reason(values[_REASON])
    values[_ARTICLE] = [ArticleRef(*values[_ARTICLE])]
    return QueuedComment(*values)
