"""Where sites want to be told, and how it goes there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from moderation.domain import Endpoint, Switch
from moderation.storage.connection import Connection
from moderation.storage.outgoing_tables import endpoints


class Endpoints:
    """The endpoints of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, endpoint: Endpoint) -> None:
        """Adds one."""
        row = {**asdict(endpoint), "events": list(endpoint.events)}
        await self._connection.execute(insert(endpoints), row)

    async def of_sites(self, sites: Collection[UUID]) -> list[Endpoint]:
        """Returns those of these sites, oldest first."""
        query = select(endpoints).where(endpoints.c.site_id.in_(sites)).order_by(endpoints.c.id)
        return [_endpoint(row) for row in await self._connection.execute(query)]

    async def all(self) -> list[Endpoint]:
        """Returns every endpoint, oldest first."""
        query = select(endpoints).order_by(endpoints.c.id)
        return [_endpoint(row) for row in await self._connection.execute(query)]

    async def find(self, endpoint: UUID) -> Endpoint | None:
        """Returns one as it stands, without a lock."""
        row = (await self._connection.execute(select(endpoints).where(endpoints.c.id == endpoint))).one_or_none()
        return _endpoint(row) if row else None

    async def lock(self, endpoint: UUID, *, skip_locked: bool = False) -> Endpoint | None:
        """Returns one, and keeps other instances from taking up its events until the transaction ends. With
        `skip_locked`, None while somebody else does."""
        query = select(endpoints).where(endpoints.c.id == endpoint)
        query = query.with_for_update(key_share=True, skip_locked=skip_locked)
        row = (await self._connection.execute(query)).one_or_none()
        return _endpoint(row) if row else None

    async def change(self, endpoint: UUID, **values: Any) -> None:
        """Changes columns of one."""
        await self._connection.execute(update(endpoints).where(endpoints.c.id == endpoint).values(**values))

    async def succeeded(self, endpoint: UUID) -> None:
        """Notes that it took something: whatever has failed before is over."""
        statement = update(endpoints).where(endpoints.c.id == endpoint, endpoints.c.failures > 0)
        await self._connection.execute(statement.values(failures=0, failing_since=None, probed_at=None))

    async def failed(self, endpoint: UUID, *, at: datetime, resumes_at: datetime | None) -> datetime:
        """Notes one more failure, and when it wants to be asked again. Returns since when it fails."""
        values = {
            "failures": endpoints.c.failures + 1,
            "failing_since": func.coalesce(endpoints.c.failing_since, at),
            "probed_at": at,
        }
        if resumes_at is not None:
            values["resumes_at"] = resumes_at
        statement = update(endpoints).where(endpoints.c.id == endpoint).values(values)
        await self._connection.execute(statement)
        query = select(endpoints.c.failing_since).where(endpoints.c.id == endpoint)
        since = (await self._connection.execute(query)).scalar_one()
        return since if isinstance(since, datetime) else at

    async def switch_off(self, endpoint: UUID, because: Switch, *, now: datetime) -> None:
        """Switches one off, unless it is off already."""
        on = (endpoints.c.id == endpoint, endpoints.c.disabled_at.is_(None))
        await self._connection.execute(update(endpoints).where(*on).values(disabled_at=now, disabled_because=because))

    async def switch_on(self, endpoint: UUID) -> None:
        """Switches one on, as if nothing had failed."""
        clean = {"failures": 0, "failing_since": None, "probed_at": None, "resumes_at": None}
        await self.change(endpoint, disabled_at=None, disabled_because=None, **clean)


def _endpoint(row: Row[*tuple[Any, ...]]) -> Endpoint:
    values = dict(row._mapping)
    because = values["disabled_because"]
    values["disabled_because"] = Switch(because) if because else None
    return Endpoint(**{**values, "events": tuple(values["events"])})
