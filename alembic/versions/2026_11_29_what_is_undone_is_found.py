"""What is undone is found: an index of the decisions that undo others, so that erasing one does not read them all."""

import sqlalchemy as sa
from alembic import op

revision = "20261129u"
down_revision = "20261129m"
branch_labels = None
depends_on = None

UNDOING = sa.text("undoes_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_decisions_undoes_id", "decisions", ["undoes_id"], sqlite_where=UNDOING, postgresql_where=UNDOING
    )


def downgrade() -> None:
    op.drop_index("ix_decisions_undoes_id", "decisions")
