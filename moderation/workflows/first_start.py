"""The first start of an embedded installation: a site to try, and a link with which the administrator is named."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from moderation.errors import Raced
from moderation.privacy import EmailVault
from moderation.storage.database import OpenWork
from moderation.workflows.links import FIRST_START, make_first_link
from moderation.workflows.sites import Credentials, make_site

FIRST_SITE = "first-site"


@dataclass(frozen=True, slots=True)
class Welcome:
    """What is shown once, at the first start. The key belongs to a one-time link for the administrator."""

    site: Credentials
    link_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoModerator:
    """There is a site, and there has never been an account: nobody can see what waits for a person."""

    site: str
    link_key: str = field(repr=False)


async def first_start(*, open_work: OpenWork, vault: EmailVault, now: datetime) -> Welcome | NoModerator | None:
    """Makes a site and a link if there is neither site nor account: both, or after a crash halfway neither.

    Where nobody has named an administrator yet there is a new link at each start: the last one may be lost or over.
    """
    async with open_work() as work:
        sites, accounts = await work.sites.all(), await work.moderators.count()
    if accounts:
        return None
    try:
        async with open_work() as work:
            key = await make_first_link(work, now=now)
            found: Welcome | NoModerator
            if sites:
                found = NoModerator(sites[0].slug, key)
            else:
                site = await make_site(work, FIRST_SITE, "http://localhost", vault=vault, now=now, actor=FIRST_START)
                found = Welcome(site, key)
            await work.commit()
    except Raced:
        return None  # another process on the same database has just made the site, and shows it
    return found
