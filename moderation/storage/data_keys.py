"""The vault's data keys, wrapped."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update

from moderation.privacy import DataKey, Purpose
from moderation.storage.connection import Connection
from moderation.storage.tables import data_keys

_LOCK = 0x6D6F646B  # "modk": the advisory lock under which data keys are made


class DataKeys:
    """The data keys of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Keeps other instances from making or replacing keys until this transaction ends."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))

    async def all(self) -> list[DataKey]:
        """Returns every key, oldest first."""
        query = select(data_keys).order_by(data_keys.c.created_at, data_keys.c.id)
        return [
            DataKey(row.id, Purpose(row.purpose), row.wrapped, row.created_at)
            for row in await self._connection.execute(query)
        ]

    async def add(self, key: DataKey) -> None:
        """Adds one; the newest of its purpose is used from now on."""
        row = {"id": key.id, "purpose": key.purpose, "wrapped": key.wrapped, "created_at": key.created_at}
        await self._connection.execute(insert(data_keys), row)

    async def rewrap(self, key: DataKey) -> None:
        """Stores the same key under another wrapping."""
        await self._connection.execute(update(data_keys).where(data_keys.c.id == key.id).values(wrapped=key.wrapped))

    async def remove(self, keys: Collection[UUID]) -> None:
        """Forgets keys for good: what is sealed with them cannot be opened again."""
        await self._connection.execute(delete(data_keys).where(data_keys.c.id.in_(keys)))
