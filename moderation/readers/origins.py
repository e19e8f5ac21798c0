"""On whose pages the form may stand, and what browsers are told about it."""

from __future__ import annotations

from aiohttp import hdrs, web

from moderation.domain import Site
from moderation.errors import Forbidden
from moderation.policy import origin_of
from moderation.web.csrf import comes_from_us

_ALLOWED: web.RequestKey[str] = web.RequestKey("ALLOWED", str)


def may_hold_form(origin: str, site: Site) -> bool:
    """Tells whether pages of this origin may hold the form of a site: its own, and those that it has named."""
    return origin == origin_of(site.url) or origin in site.policy.allowed_origins


def meet(request: web.Request, site: Site) -> bool:
    """Tells whether the page that asks may hold the form. If it is a page of the site, it may also read the answer,
    whatever that will be."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and may_hold_form(origin, site):
        request[_ALLOWED] = origin
        return True
    return comes_from_us(request)


def require_welcome(request: web.Request, site: Site) -> None:
    """Raises Forbidden when the page that asks is neither ours nor one of the site's."""
    if not meet(request, site):
        raise Forbidden("This page is not among those that may hold the form; see the setting allowed_origins.")


async def tell_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Lets the page that was met read the answer, problems included."""
    if (origin := request.get(_ALLOWED)) is not None:
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "Retry-After"
        response.headers.add(hdrs.VARY, "Origin")
