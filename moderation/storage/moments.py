"""What time it is by the clock of the database: the one clock that all instances share."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select

from moderation.storage.connection import Connection


async def database_time(connection: Connection) -> datetime:
    """Returns the present moment. SQLite runs within the process: its clock is that of the machine."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return moment.astimezone(UTC)
