"""Which signed webhooks were obeyed already: their ids are remembered for a configured number of days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, select, tuple_

from moderation.domain import Delivery
from moderation.storage.connection import Connection
from moderation.storage.keeping import keep
from moderation.storage.questions import Lists, Prepared, Question, answer_to
from moderation.storage.tables import deliveries


class Deliveries:
    """The deliveries of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, site: UUID, ids: Collection[str]) -> Question[dict[str, bytes]]:
        """Asks for the body digests of the known ones by id."""
        return Question(_known, dict, site=site, lists={"ids": [*ids]})

    async def find(self, site: UUID, delivery: str) -> bytes | None:
        """Returns the body digest of one of them; None if it is not known."""
        return (await answer_to(self._connection, self.known(site, [delivery]))).get(delivery)

    async def add_all(self, site: UUID, obeyed: Sequence[Delivery], *, now: datetime) -> None:
        """Remembers deliveries as obeyed."""
        rows = [
            {"site_id": site, "delivery_id": delivery.id, "body_digest": delivery.digest, "received_at": now}
            for delivery in sorted(obeyed, key=lambda delivery: delivery.id)
        ]
        await keep(self._connection, deliveries, rows)

    async def forget_before(self, moment: datetime, *, limit: int) -> int:
        """Forgets what came earlier. Returns how many, at most `limit`."""
        key = (deliveries.c.site_id, deliveries.c.delivery_id)
        old = select(*key).where(deliveries.c.received_at < moment).limit(limit)
        return (await self._connection.execute(delete(deliveries).where(tuple_(*key).in_(old)))).rowcount


@Prepared
def _known(lists: Lists) -> Select[Any]:
    query = select(deliveries.c.delivery_id, deliveries.c.body_digest).where(deliveries.c.site_id == bindparam("site"))
    return lists.look_up(query, deliveries.c.delivery_id, "ids")
