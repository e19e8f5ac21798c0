"""Which signed webhooks were obeyed already: their ids are remembered for a configured number of days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.domain import Delivery
from moderation.storage.tables import deliveries


class Deliveries:
    """The deliveries of a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, site: UUID, ids: Collection[str]) -> dict[str, bytes]:
        """Returns the body digests of the known ones by id."""
        query = select(deliveries.c.delivery_id, deliveries.c.body_digest).where(
            deliveries.c.site_id == site, deliveries.c.delivery_id.in_(ids)
        )
        return {row.delivery_id: row.body_digest for row in await self._connection.execute(query)}

    async def add_all(self, site: UUID, obeyed: Sequence[Delivery], *, now: datetime) -> None:
        """Remembers deliveries as obeyed."""
        rows = [
            {"site_id": site, "delivery_id": delivery.id, "body_digest": delivery.digest, "received_at": now}
            for delivery in sorted(obeyed, key=lambda delivery: delivery.id)
        ]
        if rows:
            await self._connection.execute(insert(deliveries), rows)

    async def forget_before(self, moment: datetime) -> int:
        """Forgets what came earlier. Returns how many."""
        result = await self._connection.execute(delete(deliveries).where(deliveries.c.received_at < moment))
        return result.rowcount
