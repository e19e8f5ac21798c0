"""People who rule get accounts and tokens."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from argon2 import PasswordHasher

from moderation.domain import Moderator, Role
from moderation.errors import NotFound, Raced, WrongUse
from moderation.privacy import access_key_digest, new_access_key
from moderation.storage.audit import COMMAND_LINE
from moderation.storage.work import Work
from moderation.workflows.sites import present_site

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]

SHORTEST_PASSWORD = 8  # characters, as NIST SP 800-63B has it
LONGEST_PASSWORD = 1000


async def add_moderator(
    name: str,
    role: Role,
    sites: Collection[str],
    *,
    password: str | None,
    open_work: OpenWork,
    now: datetime,
    hasher: PasswordHasher | None = None,
) -> None:
    """Adds an account with some sites. Without a password only tokens let it in. Raises WrongUse, NotFound."""
    hashed = hash_password(password, hasher) if password is not None else None
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
) -> None:
    """Adds an account within a transaction. Raises WrongUse, NotFound, and Raced if the name is taken."""
    if not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise WrongUse("A moderator's name has 1 to 100 printable characters.")
    given = [(await present_site(work, slug)).id for slug in dict.fromkeys(sites)]
    await work.moderators.add(name, role, given, password_hash=password_hash, now=now)
    details = {"role": role, "sites": sorted(set(sites))}
    await work.audit.add("moderator.add", name, actor=actor, now=now, details=details)


def hash_password(password: str, hasher: PasswordHasher | None = None) -> str:
    """Returns what is stored of a password. It takes a tenth of a second, so no transaction waits. Raises WrongUse."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WrongUse(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return (hasher or PasswordHasher()).hash(password)


async def add_token(name: str, *, open_work: OpenWork, now: datetime) -> str:
    """Returns a new token of an account, shown once. Raises NotFound."""
    token = new_access_key("mod")
    async with open_work() as work:
        moderator = await _present(work, name)
        await work.moderators.add_token(moderator.id, access_key_digest(token), now=now)
        await work.audit.add("moderator.token", name, now=now)
        await work.commit()
    return token


async def disable_moderator(name: str, *, open_work: OpenWork, now: datetime) -> None:
    """Ends an account and its tokens at once. What it decided stays. Raises NotFound."""
    async with open_work() as work:
        moderator = await _present(work, name)
        await work.moderators.disable(moderator.id, now=now)
        await work.audit.add("moderator.disable", name, now=now)
        await work.commit()


async def _present(work: Work, name: str) -> Moderator:
    moderator = await work.moderators.find(name)
    if moderator is None:
        raise NotFound("There is no active moderator of this name.")
    return moderator
