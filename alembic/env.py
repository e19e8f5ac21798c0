"""How Alembic reaches the database: through a connection it is handed, or through the settings of the service."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection

from moderation.storage.migrations import connect
from moderation.storage.tables import metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Any = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    from moderation.settings import read_settings

    with connect(read_settings().store_url) as connection:
        run(connection)
