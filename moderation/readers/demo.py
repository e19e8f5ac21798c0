"""`/demo/`: a small article with form and thread, for whoever wants to see the way of a comment before anything else.

It is there where the service looks like somebody's own machine, or where the operator has asked for it.
"""

from __future__ import annotations

from aiohttp import web

from moderation.errors import NotFound
from moderation.readers.pages import page
from moderation.web.identity import service_of
from moderation.workflows.demo import DEMO_ARTICLE, DEMO_TITLE

# Whoever comes through a proxy is not at this machine, whatever the settings know of the proxy.
_PROXIED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")


async def show_demo(request: web.Request) -> web.Response:
    """Shows the article. Raises NotFound where there is no demonstration."""
    service = service_of(request)
    asked_for = bool(service.house.settings.demo)
    site = service.demo_site if asked_for or not any(name in request.headers for name in _PROXIED) else None
    known = await service.directory.find(site) if site else None
    if known is None:
        raise NotFound
    return page(request, "demo.html", site=known.site.slug, article=DEMO_ARTICLE, title=DEMO_TITLE)
