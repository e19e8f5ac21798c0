"""What is said again is found: sketches of the texts of the last weeks."""

import sqlalchemy as sa
from alembic import op

revision = "20261123c"
down_revision = "20261123b"
branch_labels = None
depends_on = None

KEYS = [f"key_{number}" for number in range(1, 9)]


def upgrade() -> None:
    op.create_table(
        "sketches",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        *(sa.Column(key, sa.Integer(), nullable=False) for key in KEYS),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_sketches_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_sketches")),
    )
    for key in KEYS:
        op.create_index(op.f(f"ix_sketches_{key}"), "sketches", [key])


def downgrade() -> None:
    for key in KEYS:
        op.drop_index(op.f(f"ix_sketches_{key}"), table_name="sketches")
    op.drop_table("sketches")
