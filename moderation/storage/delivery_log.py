"""What became of what sites were to be told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from moderation.domain import Attempt, Outcome, Owing, SentLetter, State
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

    async def tries(self, numbers: Collection[int]) -> dict[int, list[tuple[datetime, Attempt]]]:
        """Returns the tries to send each of these letters, oldest first."""
        tries: dict[int, list[tuple[datetime, Attempt]]] = {number: [] for number in numbers}
        query = select(delivery_attempts).where(delivery_attempts.c.dispatch_number.in_(numbers))
        for row in await self._connection.execute(query.order_by(delivery_attempts.c.id)):
            attempt = Attempt(Outcome(row.outcome), row.status, row.milliseconds / 1000)
            tries[row.dispatch_number].append((row.began_at, attempt))
        return tries

    async def owing(self, endpoint: UUID) -> Owing:
        """Returns what an endpoint still has to be told, and how much was given up."""
        of_state = (
            select(dispatches.c.state, func.count().label("number"), func.min(outbox.c.occurred_at).label("oldest"))
            .join(outbox, outbox.c.id == dispatches.c.event_id)
            .where(dispatches.c.endpoint_id == endpoint)
        )
        # One after the other, because each has an index of its own, and what was delivered is not looked at.
        parts = [of_state.where(dispatches.c.state == state) for state in (State.WAITING, State.DEAD)]
        found = {}
        for part in parts:
            for row in await self._connection.execute(part.group_by(dispatches.c.state)):
                found[row.state] = row
        waiting, dead = found.get(State.WAITING), found.get(State.DEAD)
        return Owing(waiting.number if waiting else 0, dead.number if dead else 0, waiting.oldest if waiting else None)

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
