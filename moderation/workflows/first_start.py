"""The first start of an embedded installation: a site and an administrator, so that there is something to try."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime

from moderation.domain import Role
from moderation.errors import WrongUse
from moderation.privacy import EmailVault
from moderation.storage.work import Work
from moderation.workflows.moderators import add_moderator
from moderation.workflows.sites import Credentials, add_site

FIRST_SITE = "first-site"
FIRST_ADMIN = "admin"
_PASSWORD_BYTES = 12  # 96 random bits, 16 characters


@dataclass(frozen=True, slots=True)
class Welcome:
    """What is shown once, at the first start."""

    site: Credentials
    admin: str
    password: str = field(repr=False)


async def first_start(
    *, open_work: Callable[[], AbstractAsyncContextManager[Work]], vault: EmailVault, now: datetime
) -> Welcome | None:
    """Makes a site and an administrator if there is neither yet; None when there is either."""
    async with open_work() as work:
        if await work.sites.all() or await work.moderators.count():
            return None
    try:
        site = await add_site(FIRST_SITE, "http://localhost", open_work=open_work, vault=vault, now=now)
    except WrongUse:
        return None  # another process on the same database has just made it, and shows it
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    await add_moderator(FIRST_ADMIN, Role.ADMIN, [FIRST_SITE], password=password, open_work=open_work, now=now)
    return Welcome(site, FIRST_ADMIN, password)
