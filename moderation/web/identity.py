"""Who is asking: handlers receive a site or a moderator, never a header."""

from __future__ import annotations

import hmac
from datetime import datetime

from aiohttp import web

from moderation.domain import Moderator, Role
from moderation.errors import NotFound, Unauthenticated
from moderation.privacy import access_key_digest
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite

SERVICE: web.AppKey[Service] = web.AppKey("SERVICE", Service)

_LONGEST_KEY = 200


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
        raise NotFound("There is no site of this name.")
    return known


async def site_with_key(request: web.Request) -> KnownSite:
    """Returns the site in the address if the bearer token is its key. Raises NotFound and Unauthenticated."""
    known = await named_site(request)
    key = bearer_token(request)
    if key is None or not known.takes_key(key, now=now_of(request)):
        raise Unauthenticated("This needs the header `Authorization: Bearer <site key>` with a key of this site.")
    return known


async def moderator_with_token(request: web.Request) -> Moderator | None:
    """Returns the person whose token was sent, or None."""
    token = bearer_token(request)
    if token is None:
        return None
    async with service_of(request).open_reading() as work:
        return await work.moderators.find_by_token(access_key_digest(token))


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
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and 0 < len(token) <= _LONGEST_KEY else None
