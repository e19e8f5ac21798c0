"""The article of the demonstration: one that asks a person first, so that whoever tries it sees the whole way of a
comment."""

from __future__ import annotations

from datetime import datetime

from moderation.clock import new_id
from moderation.domain import ArticleRef, Moderation
from moderation.errors import Raced
from moderation.storage.database import OpenWork

DEMO_ARTICLE = "demo"
DEMO_TITLE = "The bridge is open"


async def prepare_demo(site: str, *, url: str, open_work: OpenWork, now: datetime) -> bool:
    """Makes the article of the demonstration, if the site is there; what is there already stays as it is.

    Returns whether there is a demonstration now.
    """
    try:
        async with open_work() as work:
            known = await work.sites.find(site)
            if known is None:
                return False
            if await work.articles.find(known.id, DEMO_ARTICLE) is None:
                article = new_id(now)
                await work.articles.add_all(known.id, [(article, ArticleRef(DEMO_ARTICLE, url, DEMO_TITLE))], now=now)
                await work.articles.change(article, {"moderation": Moderation.PRE}, said_at=now)
            await work.commit()
    except Raced:
        return True  # another process has just made it
    return True
