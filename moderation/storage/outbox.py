"""Events that sites are told later, written in the transaction of the decision: neither exists without the other."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.domain import Event
from moderation.storage.connection import Connection
from moderation.storage.questions import keep
from moderation.storage.tables import outbox


class Outbox:
    """The events of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_all(self, events: Sequence[Event]) -> None:
        """Adds events in their order."""
        rows = [
            {
                "id": event.id,
                "site_id": event.site_id,
                "type": event.type,
                "comment_id": event.comment_id,
                "body": dict(event.body),
                "occurred_at": event.occurred_at,
            }
            for event in events
        ]
        await keep(self._connection, outbox, rows)
