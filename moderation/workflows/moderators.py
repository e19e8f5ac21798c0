"""People who rule get accounts and tokens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from moderation.domain import Agent, LinkPurpose, Moderator, Role
from moderation.errors import FieldError, Invalid, NotFound, Raced, WrongUse
from moderation.privacy import access_key_digest, new_access_key
from moderation.storage.audit import COMMAND_LINE
from moderation.storage.database import OpenWork
from moderation.storage.work import Work
from moderation.workflows.passwords import Passwords, check_password
from moderation.workflows.sites import present_site

LONGEST_NAME = 100

# Long enough to hand it over, and for the person to come back from lunch; a link that lies about must die.
LINK_LIVES = timedelta(days=1)


async def add_moderator(
    name: str,
    role: Role,
    sites: Collection[str],
    *,
    password: str | None,
    open_work: OpenWork,
    now: datetime,
    passwords: Passwords | None = None,
) -> None:
    """Adds an account with some sites. Without a password only tokens and one-time links let it in.

    Raises Invalid, WrongUse and NotFound.
    """
    hashed = None
    if password is not None:
        check_password(password, name=name)
        hashed = await (passwords or Passwords()).hash(password)
    try:
        async with open_work() as work:
            await make_moderator(work, name, role, sites, password_hash=hashed, now=now)
            await work.commit()
    except Raced:
        raise WrongUse("There is a moderator of this name already.") from None


async def make_moderator(
    work: Work,
    name: str,
    role: Role,
    sites: Collection[str],
    *,
    password_hash: str | None,
    now: datetime,
    actor: str = COMMAND_LINE,
) -> UUID:
    """Adds an account within a transaction. Raises Invalid, NotFound, and Raced if the name is taken."""
    check_name(name)
    given = [(await present_site(work, slug)).id for slug in dict.fromkeys(sites)]
    moderator = await work.moderators.add(name, role, given, password_hash=password_hash, now=now)
    details = {"role": role, "sites": sorted(set(sites))}
    await work.audit.add("moderator.add", name, actor=actor, now=now, details=details)
    return moderator


def may_be_name(name: str) -> bool:
    """Tells whether this may be the name of an account."""
    return 1 <= len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()


def check_name(name: str) -> None:
    """Raises Invalid unless this may be the name of a new account: it may be none that the trail has for nobody."""
    if not may_be_name(name):
        raise Invalid([FieldError("name", "invalid", f"A name has 1 to {LONGEST_NAME} printable characters.")])
    if name.lower() in list(Agent):
        raise Invalid([FieldError("name", "reserved", "By this name the audit trail tells what no account has done.")])


async def change_moderator(
    name: str, *, role: Role | None, sites: Collection[str], open_work: OpenWork, now: datetime
) -> Moderator:
    """Gives an account another role, or other sites than it has; what is empty stays. Raises NotFound."""
    async with open_work() as work:
        moderator = await present_moderator(work, name)
        if role is not None:
            await work.moderators.set_role(moderator.id, role)
        if sites:
            await give_sites(work, moderator, frozenset([(await present_site(work, slug)).id for slug in sites]))
        changed = await present_moderator(work, name)
        details = {"role": changed.role, "sites": sorted(set(sites))}
        await work.audit.add("moderator.set", name, now=now, details=details)
        await work.commit()
    return changed


async def give_sites(work: Work, moderator: Moderator, sites: frozenset[UUID]) -> None:
    """Gives an account these sites and no others, within a transaction."""
    await work.moderators.give_sites(moderator.id, sites)
    if not sites <= moderator.sites:
        # Whoever made a link for the account as it was may have no right to these sites.
        await work.logins.void_links(moderator.id)


async def reset_moderator(name: str, *, open_work: OpenWork, now: datetime, second_factor: bool) -> str:
    """Returns the key of a link with which somebody chooses a new password; with `second_factor` that one is taken
    away too. Raises NotFound."""
    async with open_work() as work:
        moderator = await present_moderator(work, name)
        if second_factor:
            await drop_second_factor(work, moderator, now=now)
        key = await make_password_link(work, moderator.id, now=now)
        await work.audit.add("moderator.reset", name, now=now)
        await work.commit()
    return key


async def make_password_link(work: Work, moderator: UUID, *, now: datetime) -> str:
    """Returns the key of a link with which somebody chooses a password, within a transaction."""
    key = new_access_key("link")
    until = now + LINK_LIVES
    await work.logins.add_link(access_key_digest(key), LinkPurpose.PASSWORD, moderator, now=now, until=until)
    return key


async def add_token(name: str, *, open_work: OpenWork, now: datetime) -> str:
    """Returns a new token of an account, shown once. Raises NotFound."""
    async with open_work() as work:
        token = await make_token(work, await present_moderator(work, name), now=now)
        await work.commit()
    return token


async def make_token(
    work: Work, moderator: Moderator, *, now: datetime, label: str | None = None, actor: str = COMMAND_LINE
) -> str:
    """Returns a new token of an account, within a transaction."""
    token = new_access_key("mod")
    await work.moderators.add_token(moderator.id, access_key_digest(token), now=now, label=label)
    await work.audit.add("moderator.token", moderator.name, actor=actor, now=now)
    return token


async def disable_moderator(name: str, *, open_work: OpenWork, now: datetime) -> None:
    """Ends an account and every way into it at once. What it decided stays. Raises NotFound."""
    async with open_work() as work:
        await end_account(work, await present_moderator(work, name), now=now)
        await work.commit()


async def end_account(work: Work, moderator: Moderator, *, now: datetime, actor: str = COMMAND_LINE) -> None:
    """Ends an account with its tokens, sessions and links, within a transaction."""
    await work.moderators.disable(moderator.id, now=now)
    await work.sessions.end_all(moderator.id)
    await work.logins.void_links(moderator.id)
    await work.audit.add("moderator.disable", moderator.name, actor=actor, now=now)


async def drop_second_factor(work: Work, moderator: Moderator, *, now: datetime, actor: str = COMMAND_LINE) -> None:
    """Lets somebody in by password alone again, within a transaction: they have lost what makes their codes."""
    await work.moderators.set_second_factor(moderator.id, None)
    await work.audit.add("moderator.second_factor", moderator.name, actor=actor, now=now, details={"on": False})


async def present_moderator(work: Work, name: str) -> Moderator:
    """Returns an account that is not disabled. Raises NotFound."""
    moderator = await work.moderators.find(name)
    if moderator is None:
        raise NotFound("There is no active moderator of this name.")
    return moderator
