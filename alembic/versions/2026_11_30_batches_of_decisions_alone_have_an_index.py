"""Batches of decisions alone have an index: what a machine decides belongs to none, and costs nothing in it."""

import sqlalchemy as sa
from alembic import op

revision = "20261130c"
down_revision = "20261130b"
branch_labels = None
depends_on = None

NAME = "ix_decisions_batch_id"
OF_A_BATCH = sa.text("batch_id IS NOT NULL")


def upgrade() -> None:
    _replace(sqlite_where=OF_A_BATCH, postgresql_where=OF_A_BATCH)


def downgrade() -> None:
    _replace()


def _replace(**where: sa.TextClause) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(NAME, "decisions")
        op.create_index(NAME, "decisions", ["batch_id"], **where)
        return
    # To drop an index keeps readers out until the end: so it comes when the other is made.
    op.create_index("ix_decisions_batch", "decisions", ["batch_id"], **where)
    op.drop_index(NAME, "decisions")
    op.execute(f"ALTER INDEX ix_decisions_batch RENAME TO {NAME}")
