"""What people do with their own account: password, second factor, devices, tokens, language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from moderation.domain import ApiToken, LoginSecrets, Moderator, Session
from moderation.errors import FieldError, Forbidden, Invalid, NotFound
from moderation.storage.work import Work
from moderation.workflows.accounts import sites_of
from moderation.workflows.login import Doorkeeper, Visit, codes_secret, count_try, forgive
from moderation.workflows.moderators import drop_second_factor, make_token
from moderation.workflows.passwords import check_password
from moderation.workflows.second_factor import new_secret, step_of

LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What somebody sees of their own account. `secret` is shown until its first code is given."""

    sites: Sequence[str]
    sessions: Sequence[Session]
    tokens: Sequence[ApiToken]
    has_second_factor: bool
    secret: str | None


async def own_account(moderator: Moderator, *, door: Doorkeeper) -> OwnAccount:
    """Returns what somebody sees of their own account."""
    async with door.open_reading() as work:
        secrets = await _secrets(work, moderator)
        sessions = await work.sessions.of(moderator.id)
        tokens = await work.moderators.tokens_of(moderator.id)
        sites = sorted((await sites_of(work, moderator)).values())
    is_on = secrets.second_factor_since is not None
    secret = None if is_on else codes_secret(secrets, door=door)
    return OwnAccount(sites, sessions, tokens, is_on, secret)


async def change_password(visit: Visit, present: str, new: str, *, address: str, door: Doorkeeper) -> None:
    """Changes the password and logs every other device out. Raises Invalid and RateLimited."""
    moderator = visit.moderator
    check_password(new, name=moderator.name, field="new_password")
    await _prove(moderator, present, address=address, door=door)
    hashed, now = await door.passwords.hash(new), door.now()
    async with door.open_work() as work:
        await work.moderators.set_password(moderator.id, hashed)
        await work.sessions.end_all(moderator.id, but=visit.session.id)
        await work.logins.void_links(moderator.id)
        await work.audit.add("moderator.password", moderator.name, actor=moderator.name, now=now)
        await work.commit()


async def propose_second_factor(moderator: Moderator, present: str, *, address: str, door: Doorkeeper) -> None:
    """Makes a secret that waits for its first code. Raises Invalid, RateLimited, and Forbidden when one is in use."""
    await _prove(moderator, present, address=address, door=door)
    sealed = door.vault.seal_second_factor(moderator.id, new_secret())
    async with door.open_work() as work:
        if (await _secrets(work, moderator)).second_factor_since is not None:
            raise Forbidden("There is a second factor already; take it away first.")
        await work.moderators.set_second_factor(moderator.id, sealed)
        await work.commit()


async def confirm_second_factor(moderator: Moderator, code: str, *, door: Doorkeeper) -> None:
    """Demands codes from now on, after the first one was right. Raises Invalid."""
    now = door.now()
    async with door.open_work() as work:
        secrets = await _secrets(work, moderator)
        secret = codes_secret(secrets, door=door) if secrets.second_factor_since is None else None
        if secret is None:
            raise Invalid([FieldError("code", "invalid", "No second factor waits for a code.")])
        step = step_of(code, secret, now=now, last=secrets.second_factor_step)
        if step is None:
            raise Invalid([FieldError("code", "wrong", "This code is not right.")])
        await work.moderators.use_step(moderator.id, step)
        await work.moderators.begin_second_factor(moderator.id, now=now)
        await work.audit.add(
            "moderator.second_factor", moderator.name, actor=moderator.name, now=now, details={"on": True}
        )
        await work.commit()


async def remove_second_factor(moderator: Moderator, present: str, *, address: str, door: Doorkeeper) -> None:
    """Takes the second factor away, or one that waits for its first code. Raises Invalid and RateLimited."""
    await _prove(moderator, present, address=address, door=door)
    async with door.open_work() as work:
        await drop_second_factor(work, moderator, now=door.now(), actor=moderator.name)
        await work.commit()


async def end_session(moderator: Moderator, session: UUID, *, door: Doorkeeper) -> None:
    """Logs one of one's own devices out. Raises NotFound."""
    async with door.open_work() as work:
        if not await work.sessions.end(moderator.id, session):
            raise NotFound("There is no such session.")
        await work.commit()


async def end_other_sessions(visit: Visit, *, door: Doorkeeper) -> None:
    """Logs every other device out."""
    async with door.open_work() as work:
        await work.sessions.end_all(visit.moderator.id, but=visit.session.id)
        await work.commit()


async def make_own_token(moderator: Moderator, label: str, *, door: Doorkeeper) -> str:
    """Returns a new token for one's own programs, shown once. Raises Invalid."""
    label = label.strip()
    if len(label) > LONGEST_LABEL or not label.isprintable():
        raise Invalid([FieldError("label", "invalid", f"A label has up to {LONGEST_LABEL} printable characters.")])
    async with door.open_work() as work:
        token = await make_token(work, moderator, now=door.now(), label=label or None, actor=moderator.name)
        await work.commit()
    return token


async def revoke_own_token(moderator: Moderator, token: UUID, *, door: Doorkeeper) -> None:
    """Ends one of one's own tokens. Raises NotFound."""
    now = door.now()
    async with door.open_work() as work:
        if not await work.moderators.revoke_token(moderator.id, token, now=now):
            raise NotFound("There is no such token.")
        await work.audit.add("moderator.token_revoke", moderator.name, actor=moderator.name, now=now)
        await work.commit()


async def choose_language(moderator: Moderator, language: str | None, *, door: Doorkeeper) -> None:
    """Chooses the language of the pages; None: as the browser asks for."""
    async with door.open_work() as work:
        await work.moderators.set_language(moderator.id, language)
        await work.commit()


async def _prove(moderator: Moderator, password: str, *, address: str, door: Doorkeeper) -> None:
    """Raises Invalid unless this is the password: an open screen must not be enough to take an account over."""
    await count_try(moderator.name, address, door=door)
    async with door.open_reading() as work:
        stored = (await _secrets(work, moderator)).password_hash
    if not await door.passwords.fits(password, stored):
        raise Invalid([FieldError("password", "wrong", "This is not your password.")])
    async with door.open_work() as work:
        await forgive(work, moderator.name, address, vault=door.vault)
        await work.commit()


async def _secrets(work: Work, moderator: Moderator) -> LoginSecrets:
    secrets = await work.moderators.secrets_of(moderator.name)
    if secrets is None:
        raise NotFound("There is no such account any more.")
    return secrets
