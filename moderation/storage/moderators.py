"""The people who rule, the sites they are given, and their tokens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Row, Select, bindparam, delete, func, insert, or_, select, update

from moderation.clock import new_id
from moderation.domain import Account, ApiToken, LoginSecrets, Moderator, Role
from moderation.storage.account_tables import moderator_sites, moderator_tokens, moderators
from moderation.storage.connection import Connection

_Found = tuple[Row[*tuple[Any, ...]], frozenset[UUID]]


class Moderators:
    """The accounts of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def count(self) -> int:
        """Returns how many accounts there are, disabled ones included."""
        return (await self._connection.execute(select(func.count()).select_from(moderators))).scalar_one()

    async def find(self, name: str) -> Moderator | None:
        """Returns an account that is not disabled, by name."""
        return await self._one(moderators.c.name == name)

    async def find_by_id(self, moderator: UUID) -> Moderator | None:
        """Returns an account that is not disabled."""
        return await self._one(moderators.c.id == moderator)

    async def find_by_token(self, digest: bytes) -> Moderator | None:
        """Returns the account of a live token."""
        found = await self._found(_BY_TOKEN, digest=digest)
        return _moderator(*found) if found else None

    async def secrets_of(self, name: str) -> LoginSecrets | None:
        """Returns what a log-in under this name is held against; None if there is no such account, or no more."""
        found = await self._found(_accounts().where(moderators.c.name == name))
        if found is None:
            return None
        row, given = found
        return LoginSecrets(
            _moderator(row, given),
            row.password_hash,
            row.second_factor_sealed,
            row.second_factor_since,
            row.second_factor_step,
        )

    async def accounts(self) -> list[Account]:
        """Returns every account by name, disabled ones last."""
        query = select(moderators).order_by(moderators.c.disabled_at.is_not(None), moderators.c.name)
        rows = (await self._connection.execute(query)).all()
        given = await self._all_sites()
        return [_account(row, given.get(row.id, frozenset())) for row in rows]

    async def add(
        self, name: str, role: Role, sites: Collection[UUID], *, password_hash: str | None, now: datetime
    ) -> UUID:
        """Adds an account. Raises Raced if the name is taken."""
        moderator = new_id(now)
        row = {"id": moderator, "name": name, "role": role, "password_hash": password_hash, "created_at": now}
        await self._connection.execute(insert(moderators), row)
        await self.give_sites(moderator, sites)
        return moderator

    async def give_sites(self, moderator: UUID, sites: Collection[UUID]) -> None:
        """Gives an account these sites, and takes all others away."""
        await self._connection.execute(delete(moderator_sites).where(moderator_sites.c.moderator_id == moderator))
        if sites:
            given = [{"moderator_id": moderator, "site_id": site} for site in sites]
            await self._connection.execute(insert(moderator_sites), given)

    async def set_role(self, moderator: UUID, role: Role) -> None:
        """Makes an account a moderator's or an administrator's."""
        await self._set(moderator, role=role)

    async def set_password(self, moderator: UUID, password_hash: str) -> None:
        """Replaces the password."""
        await self._set(moderator, password_hash=password_hash)

    async def set_language(self, moderator: UUID, language: str | None) -> None:
        """Chooses the language of the pages; None: as the browser asks for."""
        await self._set(moderator, language=language)

    async def set_second_factor(self, moderator: UUID, sealed: bytes | None) -> None:
        """Keeps a secret that waits for its first code, or with None takes the second factor away."""
        await self._set(moderator, second_factor_sealed=sealed, second_factor_since=None, second_factor_step=None)

    async def begin_second_factor(self, moderator: UUID, *, now: datetime) -> None:
        """Demands a code at every log-in from now on."""
        await self._set(moderator, second_factor_since=now)

    async def use_step(self, moderator: UUID, step: int) -> bool:
        """Notes the half minute of a code. Returns False if a code of it, or of a later one, was used before."""
        fresh = or_(moderators.c.second_factor_step.is_(None), moderators.c.second_factor_step < step)
        statement = update(moderators).where(moderators.c.id == moderator, fresh).values(second_factor_step=step)
        return (await self._connection.execute(statement)).rowcount == 1

    async def sealed_second_factors(self) -> list[tuple[UUID, bytes]]:
        """Returns every sealed secret with its account, and keeps them from changing until the transaction ends."""
        query = select(moderators.c.id, moderators.c.second_factor_sealed).where(
            moderators.c.second_factor_sealed.is_not(None)
        )
        rows = await self._connection.execute(query.with_for_update())
        return [(row.id, row.second_factor_sealed) for row in rows]

    async def reseal_second_factor(self, moderator: UUID, sealed: bytes) -> None:
        """Replaces a sealed secret by the same one, sealed anew."""
        await self._set(moderator, second_factor_sealed=sealed)

    async def add_token(self, moderator: UUID, digest: bytes, *, now: datetime, label: str | None = None) -> None:
        """Adds a token."""
        row = {"id": new_id(now), "moderator_id": moderator, "digest": digest, "created_at": now, "label": label}
        await self._connection.execute(insert(moderator_tokens), row)

    async def tokens_of(self, moderator: UUID) -> Sequence[ApiToken]:
        """Returns the live tokens, newest first."""
        query = (
            select(moderator_tokens)
            .where(moderator_tokens.c.moderator_id == moderator, moderator_tokens.c.revoked_at.is_(None))
            .order_by(moderator_tokens.c.id.desc())
        )
        return [ApiToken(row.id, row.label, row.created_at) for row in await self._connection.execute(query)]

    async def revoke_token(self, moderator: UUID, token: UUID, *, now: datetime) -> bool:
        """Ends a token. Returns whether this account had it."""
        return await self._revoke(moderator, moderator_tokens.c.id == token, now=now) == 1

    async def disable(self, moderator: UUID, *, now: datetime) -> None:
        """Ends an account and its tokens; what it decided stays."""
        await self._set(moderator, disabled_at=now)
        await self._revoke(moderator, now=now)

    async def _set(self, moderator: UUID, **values: Any) -> None:
        await self._connection.execute(update(moderators).where(moderators.c.id == moderator).values(**values))

    async def _revoke(self, moderator: UUID, *which: ColumnElement[bool], now: datetime) -> int:
        live = (moderator_tokens.c.moderator_id == moderator, moderator_tokens.c.revoked_at.is_(None))
        statement = update(moderator_tokens).where(*live, *which).values(revoked_at=now)
        return (await self._connection.execute(statement)).rowcount

    async def _one(self, which: ColumnElement[bool]) -> Moderator | None:
        found = await self._found(_accounts().where(which))
        return _moderator(*found) if found else None

    async def _found(self, query: Executable, **values: object) -> _Found | None:
        """Returns a row of an account, with the sites it is given."""
        rows = (await self._connection.execute(query, values)).all()
        return (rows[0], frozenset(row.site_id for row in rows if row.site_id is not None)) if rows else None

    async def _all_sites(self) -> dict[UUID, frozenset[UUID]]:
        given: dict[UUID, frozenset[UUID]] = {}
        for row in await self._connection.execute(select(moderator_sites)):
            given[row.moderator_id] = given.get(row.moderator_id, frozenset()) | {row.site_id}
        return given


def _accounts() -> Select[Any]:
    """Returns what asks for accounts that are not disabled, each with the sites it is given: both in one question, for
    every request of a moderator asks it."""
    given = moderators.outerjoin(moderator_sites, moderator_sites.c.moderator_id == moderators.c.id)
    query = select(moderators, moderator_sites.c.site_id).select_from(given)
    return query.where(moderators.c.disabled_at.is_(None))


def _by_token() -> Select[Any]:
    token = moderator_tokens.c
    live = select(token.moderator_id).where(token.digest == bindparam("digest"), token.revoked_at.is_(None))
    return _accounts().where(moderators.c.id == live.scalar_subquery())


# Put together once, because every request asks it.
_BY_TOKEN = _by_token()


def _moderator(row: Row[*tuple[Any, ...]], sites: frozenset[UUID]) -> Moderator:
    return Moderator(row.id, row.name, Role(row.role), sites, row.language)


def _account(row: Row[*tuple[Any, ...]], sites: frozenset[UUID]) -> Account:
    return Account(
        _moderator(row, sites),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        has_password=row.password_hash is not None,
        has_second_factor=row.second_factor_since is not None,
    )
