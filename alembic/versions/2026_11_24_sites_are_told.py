"""Sites are told: endpoints, what is on its way to them, and every try. An event may be about no comment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124l"
down_revision = "20261124k"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
WAITING = sa.text("state = 'waiting'")
DEAD = sa.text("state = 'dead'")


def partial(where: sa.TextClause) -> dict[str, sa.TextClause]:
    return {"sqlite_where": where, "postgresql_where": where}


def upgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("comment_id", existing_type=sa.Uuid(), nullable=True)
    op.create_table(
        "endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", JSON, nullable=False),
        sa.Column("coral", sa.Boolean(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("probed_at", MOMENT, nullable=True),
        sa.Column("resumes_at", MOMENT, nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("disabled_because", sa.String(length=20), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "disabled_because IN ('by_hand', 'gone', 'failing')", name=op.f("ck_endpoints_disabled_because")
        ),
        sa.CheckConstraint(
            "(disabled_at IS NULL) = (disabled_because IS NULL)", name=op.f("ck_endpoints_disabled")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_endpoints_site_id_sites"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
    )
    op.create_index(op.f("ix_endpoints_site_id"), "endpoints", ["site_id"])
    op.create_table(
        "dispatches",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("last_outcome", sa.String(length=20), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'dead')", name=op.f("ck_dispatches_state")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_dispatches_endpoint_id_endpoints"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox.id"], name=op.f("fk_dispatches_event_id_outbox"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_dispatches")),
        sa.UniqueConstraint("endpoint_id", "event_id", name=op.f("uq_dispatches_endpoint_id_event_id")),
    )
    op.create_index(op.f("ix_dispatches_event_id"), "dispatches", ["event_id"])
    op.create_index("ix_dispatches_due", "dispatches", ["endpoint_id", "due_at"], **partial(WAITING))
    op.create_index("ix_dispatches_order", "dispatches", ["endpoint_id", "subject", "number"], **partial(WAITING))
    op.create_index("ix_dispatches_dead", "dispatches", ["endpoint_id", "number"], **partial(DEAD))
    op.create_index("ix_dispatches_log", "dispatches", ["endpoint_id", "number"])
    op.create_table(
        "delivery_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispatch_number", NUMBER, nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('delivered', 'refused', 'gone', 'timeout', 'unreachable', 'forbidden')",
            name=op.f("ck_delivery_attempts_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_number"],
            ["dispatches.number"],
            name=op.f("fk_delivery_attempts_dispatch_number_dispatches"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempts")),
    )
    op.create_index(op.f("ix_delivery_attempts_dispatch_number"), "delivery_attempts", ["dispatch_number"])


def downgrade() -> None:
    op.drop_table("delivery_attempts")
    op.drop_table("dispatches")
    op.drop_table("endpoints")
    op.execute("DELETE FROM outbox WHERE comment_id IS NULL")
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("comment_id", existing_type=sa.Uuid(), nullable=False)
