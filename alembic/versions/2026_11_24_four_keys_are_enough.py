"""Four keys are enough: half of the indexes of the sketches go, and with them half of what a comment writes for them."""

import sqlalchemy as sa
from alembic import op

revision = "20261124c"
down_revision = "20261124b"
branch_labels = None
depends_on = None

GONE = [f"key_{number}" for number in range(5, 9)]


def upgrade() -> None:
    for key in GONE:
        op.drop_index(op.f(f"ix_sketches_{key}"), table_name="sketches")
        op.drop_column("sketches", key)


def downgrade() -> None:
    # The value of sketches that are there already: they are found by their other keys.
    for key in GONE:
        op.add_column("sketches", sa.Column(key, sa.Integer(), nullable=False, server_default="0"))
        op.create_index(op.f(f"ix_sketches_{key}"), "sketches", [key])
