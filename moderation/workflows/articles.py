"""Articles on a moderator's desk: listed, opened and closed, and held for a person or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation.domain import ArticleFilter, ListedArticle, Moderator
from moderation.errors import NotFound
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.work import Work
from moderation.workflows.in_one_go import in_one_go

SWITCHES = ("comments", "moderation")


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """Some articles. `next` is the one behind which the next page begins; None on the last page."""

    articles: list[ListedArticle]
    next: UUID | None


async def list_articles(
    site: UUID, wanted: ArticleFilter, *, after: UUID | None, limit: int, open_reading: OpenWork
) -> ArticlePage:
    """Returns articles of a site, newest first."""
    async with open_reading() as work:
        found = await work.article_list.page(site, wanted, after=after, limit=limit + 1)
    return ArticlePage(found[:limit], found[limit - 1].id if len(found) > limit else None)


async def switch(
    moderator: Moderator,
    article_id: UUID,
    switches: Mapping[str, object],
    *,
    at_once: AtOnce,
    now: Callable[[], datetime],
) -> ListedArticle:
    """Sets `comments` and `moderation` of an article, as far as they are given. Raises NotFound.

    Whoever speaks last is obeyed: it holds until the site says something else in an `article.updated`.
    """

    async def change(work: Work, moment: datetime) -> ListedArticle:
        article = await _present(work, article_id, moderator)
        now_set = {name: switches[name] for name in SWITCHES if name in switches}
        was = {name: getattr(article.state, name) for name in now_set}
        if was == now_set:
            return article
        known = await work.articles.find(article.site_id, article.ref.id)
        said_at = known.said_at if known else None
        # The clock of a site may be ahead of ours, and what it said by that clock is said already.
        await work.articles.change(article.id, now_set, said_at=max(moment, said_at or moment))
        details = {"article": article.ref.id, "was": was, "now": now_set}
        actor, site = moderator.name, article.site_id
        await work.audit.add("article.set", str(article.id), now=moment, actor=actor, site=site, details=details)
        return await _present(work, article_id, moderator)

    return await in_one_go(change, at_once=at_once, now=now)


async def _present(work: Work, article_id: UUID, moderator: Moderator) -> ListedArticle:
    article = await work.article_list.find(article_id, moderator.sites)
    if article is None:
        raise NotFound
    return article
