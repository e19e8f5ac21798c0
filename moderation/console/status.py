"""How the service is, as a page: what judges, what waits, what sites are still to be told, and what is wrong."""

from __future__ import annotations

from aiohttp import web

from moderation.console.cards import age_of
from moderation.console.chosen import chosen_site
from moderation.console.pages import page, texts_of
from moderation.web.identity import now_of, service_of
from moderation.workflows.condition import look_over


async def show_status(request: web.Request) -> web.Response:
    """Shows how the service is, seen from one site."""
    chosen, service, texts, now = await chosen_site(request), service_of(request), texts_of(request), now_of(request)
    condition = await look_over(
        chosen.known.site.id,
        database=service.house.database,
        scorer=service.scorer,
        keeper=service.keeper,
        vault=service.house.vault,
        diary=service.diary,
        now=now,
    )
    return page(
        request,
        "status.html",
        condition=condition,
        now=now,
        age=lambda moment: age_of(moment, texts=texts, now=now),
    )
