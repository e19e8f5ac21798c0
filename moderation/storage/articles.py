"""Articles: known by the site's own id, made when first named, changed when the site says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select, update

from moderation.domain import ArticleRef, ArticleState, Comments, Moderation
from moderation.errors import Raced
from moderation.storage.connection import Connection
from moderation.storage.keeping import keep
from moderation.storage.questions import Lists, Prepared, Question, Rows, answer_to
from moderation.storage.tables import articles


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """An article in the store."""

    id: UUID
    state: ArticleState
    said_at: datetime | None  # the site's time of its last word about it


class Articles:
    """The articles of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, site: UUID, external_ids: Collection[str]) -> Question[dict[str, KnownArticle]]:
        """Asks for the known ones by the site's id."""
        return Question(_asked, _known, site=site, lists={"external_ids": [*external_ids]})

    async def find(self, site: UUID, external_id: str) -> KnownArticle | None:
        """Returns one of them; None if it is not known."""
        return (await answer_to(self._connection, self.known(site, [external_id]))).get(external_id)

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
        await keep(self._connection, articles, rows)

    async def change(self, article: UUID, changes: Mapping[str, object], *, said_at: datetime) -> None:
        """Changes url, title, comments or moderation of one article, as the site said at that time.

        Raises Raced if the site's word of a later time came first.
        """
        still_news = or_(articles.c.said_at.is_(None), articles.c.said_at <= said_at)
        statement = update(articles).where(articles.c.id == article, still_news).values(**changes, said_at=said_at)
        if (await self._connection.execute(statement)).rowcount != 1:
            raise Raced


@Prepared
def _asked(lists: Lists) -> Select[Any]:
    columns = (articles.c.external_id, articles.c.id, articles.c.comments, articles.c.moderation, articles.c.said_at)
    query = select(*columns).where(articles.c.site_id == bindparam("site"))
    return lists.look_up(query, articles.c.external_id, "external_ids")


def _known(rows: Rows) -> dict[str, KnownArticle]:
    return {
        external_id: KnownArticle(article, _state(comments, moderation), said_at)
        for external_id, article, comments, moderation, said_at in rows
    }


@cache
def _state(comments: str, moderation: str | None) -> ArticleState:
    """Returns one of the few states that there are."""
    return ArticleState(Comments(comments), Moderation(moderation) if moderation else None)
