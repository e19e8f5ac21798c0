"""The audit trail: what people did with sites, keys, models and accounts. Append-only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert

from moderation.clock import new_id
from moderation.domain import Agent
from moderation.storage.connection import Connection
from moderation.storage.tables import audit_entries

COMMAND_LINE = Agent.COMMAND_LINE.value  # the actor when someone with access to the machine acts


class Audit:
    """The audit entries of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        action: str,
        subject: str,
        *,
        now: datetime,
        actor: str = COMMAND_LINE,
        site: UUID | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Notes that `actor` did `action` to `subject`. The details hold no secret and no address."""
        row = {
            "id": new_id(now),
            "site_id": site,
            "actor": actor,
            "action": action,
            "subject": subject,
            "details": dict(details or {}),
            "occurred_at": now,
        }
        await self._connection.execute(insert(audit_entries), row)
