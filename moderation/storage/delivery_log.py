"""What became of what sites were to be told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from moderation.domain import Attempt, Backlog, Outcome, SentLetter, State
from moderation.storage.connection import Connection
from moderation.storage.outgoing_tables import delivery_attempts, dispatches
from moderation.storage.tables import outbox


class DeliveryLog:
    """The log of deliveries, in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, event: UUID, sites: Collection[UUID]) -> list[SentLetter]:
        """Returns an event on its way to each endpoint of these sites."""
        return await self._list(outbox.c.site_id.in_(sites), dispatches.c.event_id == event, limit=100)

    async def of(
        self, endpoint: UUID, *, state: State | None = None, before: int | None = None, limit: int
    ) -> list[SentLetter]:
        """Returns what was to be sent to an endpoint, newest first."""
        conditions = [dispatches.c.endpoint_id == endpoint]
        conditions += [dispatches.c.state == state] if state else []
        conditions += [dispatches.c.number < before] if before is not None else []
        return await self._list(*conditions, limit=limit)

    async def tries(self, number: int) -> list[tuple[datetime, Attempt]]:
        """Returns the tries to send something, oldest first."""
        query = (
            select(delivery_attempts)
            .where(delivery_attempts.c.dispatch_number == number)
            .order_by(delivery_attempts.c.id)
        )
        return [
            (row.began_at, Attempt(Outcome(row.outcome), row.status, row.milliseconds / 1000))
            for row in await self._connection.execute(query)
        ]

    async def backlog(self, endpoint: UUID) -> Backlog:
        """Returns what an endpoint still has to be told, and how much was given up."""
        numbers: dict[State, tuple[int, datetime | None]] = {}
        for state in (State.WAITING, State.DEAD):
            query = (
                select(func.count(), func.min(outbox.c.occurred_at))
                .select_from(dispatches)
                .join(outbox, outbox.c.id == dispatches.c.event_id)
                .where(dispatches.c.endpoint_id == endpoint, dispatches.c.state == state)
            )
            count, oldest = (await self._connection.execute(query)).one()
            numbers[state] = (count, oldest)
        return Backlog(numbers[State.WAITING][0], numbers[State.DEAD][0], numbers[State.WAITING][1])

    async def _list(self, *conditions: Any, limit: int) -> list[SentLetter]:
        query = (
            select(dispatches, outbox.c.type, outbox.c.body, outbox.c.occurred_at)
            .join(outbox, outbox.c.id == dispatches.c.event_id)
            .where(*conditions)
            .order_by(dispatches.c.number.desc())
            .limit(limit)
        )
        return [_sent(row) for row in await self._connection.execute(query)]


def _sent(row: Row[*tuple[Any, ...]]) -> SentLetter:
    state = State(row.state)
    return SentLetter(
        number=row.number,
        endpoint_id=row.endpoint_id,
        event_id=row.event_id,
        type=row.type,
        external_id=row.body.get("external_id"),
        state=state,
        tries=row.tries,
        occurred_at=row.occurred_at,
        due_at=row.due_at if state is State.WAITING else None,
        last_outcome=Outcome(row.last_outcome) if row.last_outcome else None,
        last_status=row.last_status,
        last_at=row.last_at,
    )
