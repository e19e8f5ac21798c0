"""Which site a page is about: the one that its address names, or else the first of those that somebody is given."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from moderation.errors import NotFound
from moderation.web.identity import current_moderator, service_of
from moderation.workflows.accounts import sites_of
from moderation.workflows.directory import KnownSite


@dataclass(frozen=True, slots=True)
class Chosen:
    """The site that a page is about, and the names of all that its reader may choose."""

    known: KnownSite
    slugs: tuple[str, ...]
    fixed: bool = False  # the page is about something of this site, and there is nothing to choose

    @property
    def slug(self) -> str:
        """The name of the site."""
        return self.known.site.slug


_CHOSEN: web.RequestKey[Chosen] = web.RequestKey("CHOSEN", Chosen)


async def chosen_site(request: web.Request) -> Chosen:
    """Returns the site of `?site=`, or else the first; pages shown afterwards offer the others.

    Raises NotFound for a site that the person is not given, and for somebody who is given none.
    """
    moderator = await current_moderator(request)
    async with service_of(request).open_reading() as work:
        slugs = tuple(sorted((await sites_of(work, moderator)).values()))
    wanted = request.query.get("site") or next(iter(slugs), "")
    known = await service_of(request).directory.find(wanted) if wanted in slugs else None
    if known is None:
        raise NotFound
    chosen = request[_CHOSEN] = Chosen(known, slugs)
    return chosen


async def site_of_page(request: web.Request, site: UUID) -> Chosen:
    """Returns the site of what a page is about. Raises NotFound for one that the person is not given."""
    moderator = await current_moderator(request)
    async with service_of(request).open_reading() as work:
        slugs = await sites_of(work, moderator)
    known = await service_of(request).directory.find(slugs.get(site, ""))
    if known is None:
        raise NotFound
    chosen = request[_CHOSEN] = Chosen(known, tuple(sorted(slugs.values())), fixed=True)
    return chosen


def known_choice(request: web.Request) -> Chosen | None:
    """Returns the site that the page is about, if it has asked for one."""
    return request.get(_CHOSEN)
