"""Campaigns have a name: a comment that says nearly the same as an earlier one knows of which campaign it is."""

import sqlalchemy as sa
from alembic import op

revision = "20261129w"
down_revision = "20261129u"
branch_labels = None
depends_on = None

ONE_OF_MANY = sa.text("campaign IS NOT NULL")


def upgrade() -> None:
    op.add_column("comments", sa.Column("campaign", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_comments_campaign",
        "comments",
        ["campaign", "status", "id"],
        sqlite_where=ONE_OF_MANY,
        postgresql_where=ONE_OF_MANY,
    )


def downgrade() -> None:
    op.drop_index("ix_comments_campaign", "comments")
    op.drop_column("comments", "campaign")
