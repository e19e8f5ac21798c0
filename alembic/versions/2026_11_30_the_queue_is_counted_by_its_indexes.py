"""The queue by score and by reason is counted by its indexes alone, on SQLite too."""

import sqlalchemy as sa
from alembic import op

revision = "20261130d"
down_revision = "20261130c"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'pending'")
INDEXES = {
    "ix_comments_queue_by_score": ["site_id", "score", "id"],
    "ix_comments_queue_by_reason": ["site_id", "reason", "score", "id"],
}


def upgrade() -> None:
    _replace({name: [*columns, "status"] for name, columns in INDEXES.items()})


def downgrade() -> None:
    _replace(INDEXES)


def _replace(indexes: dict[str, list[str]]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, columns in indexes.items():
            op.drop_index(name, "comments")
            op.create_index(name, "comments", columns, sqlite_where=PENDING)
        return
    for name, columns in indexes.items():
        op.create_index(f"{name}_anew", "comments", columns, postgresql_where=PENDING)
    # To drop an index keeps readers out until the end: so it comes when the others are made.
    for name in indexes:
        op.drop_index(name, "comments")
        op.execute(f"ALTER INDEX {name}_anew RENAME TO {name}")
