"""Administrators give people accounts, within the sites that they themselves are given.

An administrator sees whoever shares a site with them, or has none; and changes those alone who have no site beyond
theirs, or the administrator of one site could let themselves into another one by somebody else's account.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from moderation.domain import Account, Moderator, Role
from moderation.errors import FieldError, Forbidden, Invalid, NotFound, Raced
from moderation.storage.work import Work
from moderation.workflows.login import Doorkeeper
from moderation.workflows.moderators import (
    drop_second_factor,
    end_account,
    give_sites,
    make_moderator,
    make_password_link,
)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that an administrator sees, and the slugs of the sites that they may give."""

    accounts: list[Account]
    sites: Mapping[UUID, str]


async def accounts_for(admin: Moderator, *, door: Doorkeeper) -> Accounts:
    """Returns what an administrator sees."""
    async with door.open_reading() as work:
        seen = [account for account in await work.moderators.accounts() if sees(admin, account.moderator)]
        return Accounts(seen, await sites_of(work, admin))


async def sites_of(work: Work, moderator: Moderator) -> dict[UUID, str]:
    """Returns the slugs of the sites that somebody is given, by id."""
    return {site.id: site.slug for site in await work.sites.all() if site.id in moderator.sites}


def sees(admin: Moderator, other: Moderator) -> bool:
    """Tells whether an administrator knows of this account."""
    return not other.sites or bool(admin.sites & other.sites)


def may_change(admin: Moderator, other: Moderator) -> bool:
    """Tells whether an administrator may change this account."""
    return other.sites <= admin.sites


async def open_account(admin: Moderator, name: str, role: Role, slugs: Collection[str], *, door: Doorkeeper) -> str:
    """Adds an account and returns the key of a link with which its owner chooses a password. Raises Invalid."""
    now = door.now()
    try:
        async with door.open_work() as work:
            _check_sites(slugs, await sites_of(work, admin))
            moderator = await make_moderator(work, name, role, slugs, password_hash=None, now=now, actor=admin.name)
            key = await make_password_link(work, moderator, now=now)
            await work.commit()
    except Raced:
        raise Invalid([FieldError("name", "taken", "There is an account of this name already.")]) from None
    return key


async def change_account(
    admin: Moderator, account: UUID, role: Role, slugs: Collection[str], *, door: Doorkeeper
) -> None:
    """Gives an account another role and other sites. Raises NotFound, Forbidden and Invalid."""
    async with door.open_work() as work:
        other = await _others(work, admin, account)
        sites = await sites_of(work, admin)
        _check_sites(slugs, sites)
        await work.moderators.set_role(other.id, role)
        given = frozenset(site for site, slug in sites.items() if slug in set(slugs))
        await give_sites(work, other, given)
        details = {"role": role, "sites": sorted(set(slugs))}
        await work.audit.add("moderator.set", other.name, actor=admin.name, now=door.now(), details=details)
        await work.commit()


async def disable_account(admin: Moderator, account: UUID, *, door: Doorkeeper) -> None:
    """Ends an account and every way into it; one that has ended stays so. Raises NotFound and Forbidden."""
    async with door.open_work() as work:
        ended = [each.moderator for each in await work.moderators.accounts() if each.disabled_at]
        if any(other.id == account and sees(admin, other) for other in ended):
            return
        await end_account(work, await _others(work, admin, account), now=door.now(), actor=admin.name)
        await work.commit()


async def reset_account(admin: Moderator, account: UUID, *, door: Doorkeeper) -> tuple[str, str]:
    """Returns the key of a link with which the owner of an account chooses a new password, and the owner's name.

    Until it is used the old password goes on working. Raises NotFound and Forbidden.
    """
    now = door.now()
    async with door.open_work() as work:
        other = await _others(work, admin, account)
        key = await make_password_link(work, other.id, now=now)
        await work.audit.add("moderator.reset", other.name, actor=admin.name, now=now)
        await work.commit()
    return key, other.name


async def recover_account(admin: Moderator, account: UUID, *, door: Doorkeeper) -> None:
    """Takes away a second factor whose owner has lost it. Raises NotFound and Forbidden."""
    async with door.open_work() as work:
        await drop_second_factor(work, await _others(work, admin, account), now=door.now(), actor=admin.name)
        await work.commit()


async def _others(work: Work, admin: Moderator, account: UUID) -> Moderator:
    """Returns somebody else's account that this administrator may change."""
    other = await work.moderators.find_by_id(account)
    if other is None or not sees(admin, other):
        raise NotFound("There is no such account.")
    if other.id == admin.id:
        raise Forbidden("Another administrator has to do this with your account.")
    if not may_change(admin, other):
        raise Forbidden("This account is also given sites that you are not given.")
    return other


def _check_sites(slugs: Collection[str], given: Mapping[UUID, str]) -> None:
    """Raises Invalid if one of the sites is not there, or not the administrator's to give."""
    if not set(slugs) <= set(given.values()):
        raise Invalid([FieldError("site", "unknown", "There is no such site among yours.")])
