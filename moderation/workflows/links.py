"""One-time links: the first administrator is named with one, and a new password is chosen with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation.domain import Agent, LinkPurpose, Role
from moderation.errors import NotFound
from moderation.privacy import access_key_digest, new_access_key
from moderation.storage.work import Work
from moderation.workflows.login import Doorkeeper
from moderation.workflows.moderators import LINK_LIVES, check_name, make_moderator
from moderation.workflows.passwords import check_password

FIRST_START = Agent.FIRST_START.value  # the actor in the audit trail: nobody has asked for what is made then


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that still lives. `name` is that of the account; None: the first administrator is still to be named."""

    purpose: LinkPurpose
    moderator: UUID | None
    name: str | None


async def make_first_link(work: Work, *, now: datetime) -> str:
    """Returns the key of a link with which somebody names the first administrator, within a transaction."""
    key = new_access_key("link")
    until = now + LINK_LIVES
    await work.logins.add_link(access_key_digest(key), LinkPurpose.FIRST_ADMIN, None, now=now, until=until)
    return key


async def look_at(key: str, *, door: Doorkeeper) -> OpenLink:
    """Returns what a link is for, and does not use it up. Raises NotFound."""
    async with door.open_reading() as work:
        return await _open(work, key, now=door.now())


async def name_first_admin(key: str, name: str, password: str, *, door: Doorkeeper) -> None:
    """Uses a link up to make the first administrator, who is given every site. Raises NotFound and Invalid."""
    check_name(name)
    check_password(password, name=name)
    await look_at(key, door=door)
    hashed, now = await door.passwords.hash(password), door.now()
    async with door.open_work() as work:
        await _use(work, key, LinkPurpose.FIRST_ADMIN, now=now)
        sites = [site.slug for site in await work.sites.all()]
        await make_moderator(work, name, Role.ADMIN, sites, password_hash=hashed, now=now, actor=FIRST_START)
        await work.logins.void_links(None)
        await work.commit()


async def choose_password(key: str, password: str, *, door: Doorkeeper) -> None:
    """Uses a link up to choose a password; whoever was logged in is logged out. Raises NotFound and Invalid."""
    found = await look_at(key, door=door)
    name = found.name or ""
    check_password(password, name=name)
    hashed, now = await door.passwords.hash(password), door.now()
    async with door.open_work() as work:
        moderator = await _use(work, key, LinkPurpose.PASSWORD, now=now)
        await work.moderators.set_password(moderator, hashed)
        await work.sessions.end_all(moderator)
        await work.logins.forgive_all(door.vault.caller_digest("name", name))
        await work.audit.add("moderator.password", name, actor=name, now=now, details={"by": "link"})
        await work.commit()


async def _open(work: Work, key: str, *, now: datetime) -> OpenLink:
    found = await work.logins.find_link(access_key_digest(key), now=now)
    if found is None:
        raise _gone()
    purpose, moderator = found
    if moderator is None:
        if await work.moderators.count():
            raise _gone()  # there is an administrator, or somebody who can be made one
        return OpenLink(purpose, None, None)
    account = await work.moderators.find_by_id(moderator)
    if account is None:
        raise _gone()
    return OpenLink(purpose, moderator, account.name)


async def _use(work: Work, key: str, purpose: LinkPurpose, *, now: datetime) -> UUID:
    """Uses a link up. Of two who do so at once, one is told that it is gone."""
    found = await _open(work, key, now=now)
    if found.purpose is not purpose or not await work.logins.use_link(access_key_digest(key), now=now):
        raise _gone()
    return found.moderator or _NOBODY


_NOBODY = UUID(int=0)


def _gone() -> NotFound:
    return NotFound("This link has been used, or its time is over.")
