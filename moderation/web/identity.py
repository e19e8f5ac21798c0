"""Who is asking: handlers receive a site or a moderator, never a header."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_network

from aiohttp import hdrs, web

from moderation.domain import Moderator, Role
from moderation.errors import Forbidden, NotFound, Unauthenticated
from moderation.privacy import access_key_digest
from moderation.storage.database import OpenWork
from moderation.web.callers import caller_of
from moderation.web.csrf import SAFE_METHODS, require_own_page
from moderation.web.routes import Access, Guard
from moderation.web.sessions import browser_key
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.login import Visit, find_visit

SERVICE: web.AppKey[Service] = web.AppKey("SERVICE", Service)

# Who asks, once it is known.
_MODERATOR: web.RequestKey[Moderator] = web.RequestKey("MODERATOR", Moderator)
_VISIT: web.RequestKey[Visit] = web.RequestKey("VISIT", Visit)

# What a page that is left open asks for again and again. Nobody need be there for it, so it keeps no session alive.
_BY_ITSELF = re.compile(r"/v1/(?:sites/[^/]+/events|comments/[^/]+/claim)")

_LONGEST_KEY = 200
_NEEDED = "This needs the header `Authorization: Bearer <moderator token>`, or the session of the console."


def service_of(request: web.Request) -> Service:
    """Returns what this application works with."""
    return request.app[SERVICE]


def now_of(request: web.Request) -> datetime:
    """Returns the present moment of this application."""
    return request.app[SERVICE].now()


async def named_site(request: web.Request) -> KnownSite:
    """Returns the site in the address. Raises NotFound."""
    known = await service_of(request).directory.find(request.match_info["site"])
    if known is None:
        raise _no_such_site()
    return known


async def site_with_key(request: web.Request) -> KnownSite:
    """Returns the site in the address if the bearer token is its key. Raises NotFound and Unauthenticated."""
    known = await named_site(request)
    key = bearer_token(request)
    if key is None or not known.takes_key(key, now=now_of(request)):
        raise Unauthenticated("This needs the header `Authorization: Bearer <site key>` with a key of this site.")
    return known


async def current_moderator(request: web.Request) -> Moderator:
    """Returns the person who asks, by token or by session. Raises Unauthenticated; and Forbidden when a session would
    change something and another site's page may have sent it, see `csrf.py`.

    The guard of every route for moderators has called it before the handler does, which then costs nothing.
    """
    known = request.get(_MODERATOR)
    if known is None:
        by_token = hdrs.AUTHORIZATION in request.headers
        known = await moderator_with_token(request) if by_token else (await current_visit(request)).moderator
        if known is None:
            raise Unauthenticated(_NEEDED)
        request[_MODERATOR] = known
    return known


async def current_visit(request: web.Request) -> Visit:
    """Returns who is logged in in this browser, and by which session. Raises what `current_moderator` raises."""
    visit = request.get(_VISIT)
    if visit is None:
        visit = await visit_of(request)
        if visit is None:
            raise Unauthenticated(_NEEDED)
        if request.method not in SAFE_METHODS:
            await require_own_page(request, browser_key(request))
        request[_VISIT] = visit
    return visit


async def visit_of(request: web.Request) -> Visit | None:
    """Returns who is logged in in this browser, if anybody is. Enough for a page; not for anything that changes."""
    key = browser_key(request)
    alone = _BY_ITSELF.fullmatch(request.path) is not None
    return await find_visit(key, door=service_of(request).door, alone=alone) if key else None


async def who_asks_now(request: web.Request) -> Moderator | None:
    """Returns who asks, looked up anew: while an answer goes on and on, accounts, sessions and tokens end."""
    if hdrs.AUTHORIZATION in request.headers:
        return await moderator_with_token(request)
    visit = await visit_of(request)
    return visit.moderator if visit else None


def known_visit(request: web.Request) -> Visit | None:
    """Returns who is logged in, if that was asked before."""
    return request.get(_VISIT)


def address_of(request: web.Request) -> str:
    """Returns from where somebody calls; only ever to count tries."""
    trusted = [ip_network(network) for network in request.app[SERVICE].house.settings.trusted_proxies]
    return caller_of(request.remote, request.headers.getall("X-Forwarded-For", ()), trusted)


async def current_admin(request: web.Request) -> Moderator:
    """Returns the administrator who asks. Raises Unauthenticated, and Forbidden for everybody else."""
    moderator = await current_moderator(request)
    if moderator.role is not Role.ADMIN:
        raise Forbidden("This is for administrators.")
    return moderator


async def given_site(request: web.Request) -> KnownSite:
    """Returns the site in the address, if the person who asks is given it. Raises NotFound: what else there is, is
    not told to strangers."""
    moderator, known = await current_moderator(request), await named_site(request)
    if known.site.id not in moderator.sites:
        raise _no_such_site()
    return known


# Whoever adds doors for moderators to an application hands these to `register`.
GUARDS: Mapping[Access, Guard] = {Access.MODERATOR: current_moderator, Access.ADMIN: current_admin}


async def moderator_with_token(request: web.Request) -> Moderator | None:
    """Returns the person whose token was sent, or None."""
    token = bearer_token(request)
    if token is None:
        return None
    digest = access_key_digest(token)

    async def look(open_work: OpenWork) -> Moderator | None:
        async with open_work() as work:
            return await work.moderators.find_by_token(digest)

    return await service_of(request).read_at_once(look)


async def may_read_metrics(request: web.Request) -> bool:
    """Tells whether the metrics token, or the token of an administrator, was sent."""
    token = bearer_token(request)
    wanted = service_of(request).house.settings.metrics_token
    if token is None:
        return False
    if wanted is not None and hmac.compare_digest(access_key_digest(token), access_key_digest(wanted)):
        return True
    moderator = await moderator_with_token(request)
    return moderator is not None and moderator.role is Role.ADMIN


def bearer_token(request: web.Request) -> str | None:
    """Returns the token of the Authorization header, if there is one that could be ours."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and 0 < len(token) <= _LONGEST_KEY else None


def _no_such_site() -> NotFound:
    return NotFound("There is no site of this name.")
