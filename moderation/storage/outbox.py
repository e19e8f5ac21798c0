"""Events that sites are told later, written in the transaction of the decision: neither exists without the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, select

from moderation.clock import first_id
from moderation.domain import Event, State
from moderation.storage.connection import Connection, InOneGo
from moderation.storage.keeping import keep
from moderation.storage.questions import Lists, Prepared, Question, Rows, answer_to
from moderation.storage.tables import dispatches, endpoints, outbox

# What PostgreSQL tells all instances when there is something to be sent.
CHANNEL = "moderation_dispatches"

# The endpoints of each site that want something, each with the kinds of events that it wants.
Listening = Mapping[UUID, Sequence[tuple[UUID, Collection[str]]]]


class Outbox:
    """The events of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.filled = False  # whether somebody is to be told something

    async def add_all(self, events: Sequence[Event], *, listening: Listening | None = None) -> None:
        """Adds events in their order, and has every endpoint told that wants them. `listening` saves asking for it."""
        if not events:
            return
        await keep(self._connection, outbox, [_row(event) for event in events])
        if listening is None:
            listening = await answer_to(self._connection, self.listening({event.site_id for event in events}))
        letters = [
            _dispatch(endpoint, event)
            for event in events
            for endpoint, kinds in listening.get(event.site_id, ())
            if event.type in kinds
        ]
        if letters:
            await keep(self._connection, dispatches, letters)
            await self._notify()
            self.filled = True

    def listening(self, sites: Collection[UUID]) -> Question[Listening]:
        """Asks for the endpoints of these sites that are on."""
        return Question(_listening, _by_site, lists={"sites": sorted(sites)})

    async def sites_listening(self, kind: str) -> list[UUID]:
        """Returns the sites of which an endpoint wants this kind of event."""
        query = select(endpoints.c.site_id, endpoints.c.events).where(endpoints.c.disabled_at.is_(None))
        return sorted({row.site_id for row in await self._connection.execute(query) if kind in row.events})

    async def forget_before(self, moment: datetime, *, limit: int) -> int:
        """Forgets events of earlier that wait for nobody, with what became of them. Returns how many."""
        waits: ColumnElement[bool] = exists().where(
            dispatches.c.event_id == outbox.c.id, dispatches.c.state == State.WAITING
        )
        old = select(outbox.c.id).where(outbox.c.id < first_id(moment), ~waits).order_by(outbox.c.id).limit(limit)
        result = await self._connection.execute(delete(outbox).where(outbox.c.id.in_(old)))
        return result.rowcount

    async def _notify(self) -> None:
        if self._connection.dialect.name != "postgresql":
            return
        if isinstance(self._connection, InOneGo):
            self._connection.send(f"NOTIFY {CHANNEL}", None)
        else:
            await self._connection.exec_driver_sql(f"NOTIFY {CHANNEL}")


@Prepared
def _listening(lists: Lists) -> Select[Any]:
    query = select(endpoints.c.site_id, endpoints.c.id, endpoints.c.events).where(endpoints.c.disabled_at.is_(None))
    return lists.look_up(query, endpoints.c.site_id, "sites")


def _by_site(rows: Rows) -> Listening:
    found: dict[UUID, list[tuple[UUID, Collection[str]]]] = {}
    for site, endpoint, kinds in rows:
        found.setdefault(site, []).append((endpoint, kinds))
    return found


def _row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "site_id": event.site_id,
        "type": event.type,
        "comment_id": event.comment_id,
        "body": dict(event.body),
        "occurred_at": event.occurred_at,
    }


def _dispatch(endpoint: UUID, event: Event) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint,
        "event_id": event.id,
        "subject": event.comment_id or event.id,
        "state": State.WAITING,
        "tries": 0,
        "claim": 0,
        "due_at": event.occurred_at,
    }
