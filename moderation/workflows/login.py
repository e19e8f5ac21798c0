"""Somebody logs in, is recognised from page to page, and logs out.

Who guesses learns nothing: a name that nobody has gets the same answer, after the same time, as a wrong password.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from moderation import metrics
from moderation.domain import LoginSecrets, Moderator, Session
from moderation.errors import RateLimited, StorageUnavailable
from moderation.privacy import EmailVault, access_key_digest, new_access_key
from moderation.storage.database import OpenWork
from moderation.storage.work import Work
from moderation.workflows.keys import known_key
from moderation.workflows.moderators import may_be_name
from moderation.workflows.passwords import Passwords
from moderation.workflows.second_factor import step_of

# A shift, with a pause in it; and a week until the next log-in, however busy somebody is.
IDLE = timedelta(hours=10)
LONGEST = timedelta(days=7)
# To note every click would write to the disk for each of them.
SEEN_TO = timedelta(minutes=1)

# Enough for somebody who tries all their old passwords. A whole newsroom may share one address.
TRIES_OF_NAME = 8
TRIES_OF_ADDRESS = 16
TRIES_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class Doorkeeper:
    """What log-in and accounts work with."""

    open_work: OpenWork
    open_reading: OpenWork
    vault: EmailVault
    passwords: Passwords
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """What somebody has sent to be let in, from where, and the key that their browser held before."""

    name: str = field(repr=False)  # people type their address or their password there
    password: str = field(repr=False)
    code: str = field(repr=False)
    address: str = field(repr=False)
    device: str
    old_key: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is logged in, and by which session."""

    moderator: Moderator
    session: Session


async def log_in(attempt: LoginAttempt, *, door: Doorkeeper) -> str | None:
    """Returns the key of a new session, or None when something was wrong. Raises RateLimited, Overloaded and
    StorageUnavailable."""
    await count_try(attempt.name, attempt.address, door=door)
    # What no account can be called is not asked for: PostgreSQL refuses NUL even in a question.
    secrets = await _secrets_of(attempt.name, door=door) if may_be_name(attempt.name) else None
    fits = await door.passwords.fits(attempt.password, secrets.password_hash if secrets else None)
    key = await _begin(attempt, secrets, door=door) if fits and secrets else None
    metrics.LOGINS.labels("wrong" if key is None else "right").inc()
    return key


async def _secrets_of(name: str, *, door: Doorkeeper) -> LoginSecrets | None:
    async with door.open_reading() as work:
        return await work.moderators.secrets_of(name)


async def _begin(attempt: LoginAttempt, secrets: LoginSecrets, *, door: Doorkeeper) -> str | None:
    """Begins a session for somebody whose password is right, if the code is right too."""
    moderator, now = secrets.moderator, door.now()
    step = _step(attempt, secrets, door=door, now=now)
    if secrets.second_factor_since is not None and step is None:
        return None
    better = await _better_hash(attempt.password, secrets.password_hash, door=door)
    key = new_access_key("session")
    async with door.open_work() as work:
        if step is not None and not await work.moderators.use_step(moderator.id, step):
            return None
        await forgive(work, attempt.name, attempt.address, vault=door.vault)
        if better is not None:
            await work.moderators.set_password(moderator.id, better)
        if attempt.old_key is not None:
            await work.sessions.end_by_digest(access_key_digest(attempt.old_key))
        await work.sessions.add(moderator.id, access_key_digest(key), device=attempt.device, now=now)
        await work.audit.add("login", moderator.name, actor=moderator.name, now=now)
        await work.commit()
    return key


def _step(attempt: LoginAttempt, secrets: LoginSecrets, *, door: Doorkeeper, now: datetime) -> int | None:
    secret = codes_secret(secrets, door=door) if secrets.second_factor_since is not None else None
    return None if secret is None else step_of(attempt.code, secret, now=now, last=secrets.second_factor_step)


def codes_secret(secrets: LoginSecrets, *, door: Doorkeeper) -> str | None:
    """Returns the secret of somebody's codes; None without one. Raises StorageUnavailable while its key is not known
    here."""
    if secrets.second_factor_sealed is None:
        return None
    with known_key("second factor"):
        return door.vault.open_second_factor(secrets.moderator.id, secrets.second_factor_sealed)


async def _better_hash(password: str, stored: str | None, *, door: Doorkeeper) -> str | None:
    outdated = stored is not None and door.passwords.is_outdated(stored)
    return await door.passwords.hash(password) if outdated else None


async def count_try(name: str, address: str, *, door: Doorkeeper) -> None:
    """Counts a try before it is looked at, so that many at once are not more than many one by one.

    Raises RateLimited. An address that has tried too often does not count for the name, or it could keep its owner out.
    """
    now = door.now()
    async with door.open_work() as work:
        wait = await _count(work, door.vault.caller_digest("address", address), TRIES_OF_ADDRESS, now=now)
        limit = TRIES_OF_ADDRESS
        if wait is None:
            wait = await _count(work, door.vault.caller_digest("name", name), TRIES_OF_NAME, now=now)
            limit = TRIES_OF_NAME
        await work.commit()
    if wait is not None:
        metrics.LOGINS.labels("too_many").inc()
        raise RateLimited(limit=limit, window=int(TRIES_WINDOW.total_seconds()), retry_after=wait)


async def _count(work: Work, who: bytes, limit: int, *, now: datetime) -> int | None:
    """Returns None, or the seconds to wait after too many tries."""
    tries, ends_at = await work.logins.count_try(who, now=now, until=now + TRIES_WINDOW)
    return None if tries <= limit else max(1, int((ends_at - now).total_seconds()) + 1)


async def forgive(work: Work, name: str, address: str, *, vault: EmailVault) -> None:
    """Takes back the tries of somebody who was right. Of the address only this one: others may be guessing there."""
    await work.logins.forgive(vault.caller_digest("address", address))
    await work.logins.forgive_all(vault.caller_digest("name", name))


async def find_visit(key: str, *, door: Doorkeeper, alone: bool = False) -> Visit | None:
    """Returns who is logged in with this key; None if nobody is, or not any more. What a page asks `alone`, without
    anybody in front of it, does not make the session last."""
    now = door.now()
    async with door.open_reading() as work:
        found = await work.sessions.find(access_key_digest(key))
        if found is None or _is_over(found[1], now):
            return None
        moderator = await work.moderators.find_by_id(found[0])
    if moderator is None:
        return None
    if not alone and now - found[1].seen_at >= SEEN_TO:
        await _note_seen(found[1], door=door, now=now)
    return Visit(moderator, found[1])


def _is_over(session: Session, now: datetime) -> bool:
    return now - session.seen_at >= IDLE or now - session.created_at >= LONGEST


async def _note_seen(session: Session, *, door: Doorkeeper, now: datetime) -> None:
    # Where nothing can be written, pages can still be read.
    with suppress(StorageUnavailable):
        async with door.open_work() as work:
            await work.sessions.touch(session.id, now=now)
            await work.commit()


async def log_out(key: str, *, door: Doorkeeper) -> None:
    """Ends the session of this key on our side: a copy of the cookie is worth nothing afterwards."""
    async with door.open_work() as work:
        await work.sessions.end_by_digest(access_key_digest(key))
        await work.commit()


async def forget_logins(*, open_work: OpenWork, now: datetime) -> int:
    """Forgets sessions, links and tries whose time is over. Returns how many."""
    async with open_work() as work:
        forgotten = await work.sessions.forget(seen_before=now - IDLE, created_before=now - LONGEST)
        forgotten += await work.logins.forget(now=now)
        await work.commit()
    return forgotten
