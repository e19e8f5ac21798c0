"""The first start of an embedded installation: a site and an administrator, so that there is something to try."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime

from moderation.domain import Role
from moderation.errors import Raced
from moderation.privacy import EmailVault
from moderation.storage.work import Work
from moderation.workflows.moderators import hash_password, make_moderator
from moderation.workflows.sites import Credentials, make_site

FIRST_SITE = "first-site"
FIRST_ADMIN = "admin"
FIRST_START = "first start"  # the actor in the audit trail: nobody has asked for these two
_PASSWORD_BYTES = 12  # 96 random bits, 16 characters


@dataclass(frozen=True, slots=True)
class Welcome:
    """What is shown once, at the first start."""

    site: Credentials
    admin: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoModerator:
    """There is a site, and there has never been an account: nobody can see what waits for a person."""

    site: str


async def first_start(
    *, open_work: Callable[[], AbstractAsyncContextManager[Work]], vault: EmailVault, now: datetime
) -> Welcome | NoModerator | None:
    """Makes a site and an administrator if there is neither yet: both, or after a crash halfway neither."""
    async with open_work() as work:
        sites, accounts = await work.sites.all(), await work.moderators.count()
    if accounts:
        return None
    if sites:
        return NoModerator(sites[0].slug)
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    # In a thread: the service answers already, and says that it is not ready.
    hashed = await asyncio.to_thread(hash_password, password)
    try:
        async with open_work() as work:
            site = await make_site(work, FIRST_SITE, "http://localhost", vault=vault, now=now, actor=FIRST_START)
            await make_moderator(
                work, FIRST_ADMIN, Role.ADMIN, [FIRST_SITE], password_hash=hashed, now=now, actor=FIRST_START
            )
            await work.commit()
    except Raced:
        return None  # another process on the same database has just made them, and shows them
    return Welcome(site, FIRST_ADMIN, password)
