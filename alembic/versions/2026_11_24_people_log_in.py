"""People log in: sessions, one-time links, second factors, and a count of what was tried."""

import sqlalchemy as sa
from alembic import op

revision = "20261124a"
down_revision = "20261123c"
branch_labels = None
depends_on = None

OF_ACCOUNTS = {
    "language": sa.String(length=10),
    "second_factor_sealed": sa.LargeBinary(),
    "second_factor_since": sa.DateTime(timezone=True),
    "second_factor_step": sa.Integer(),
}


def upgrade() -> None:
    for name, kind in OF_ACCOUNTS.items():
        op.add_column("moderators", sa.Column(name, kind, nullable=True))
    op.add_column("moderator_tokens", sa.Column("label", sa.String(length=100), nullable=True))
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("moderator_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderators.id"], name=op.f("fk_sessions_moderator_id_moderators"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_sessions_digest")),
    )
    op.create_index(op.f("ix_sessions_moderator_id"), "sessions", ["moderator_id"])
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("moderator_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('first_admin', 'password')", name=op.f("ck_one_time_links_purpose")),
        sa.CheckConstraint(
            "(purpose = 'first_admin') = (moderator_id IS NULL)", name=op.f("ck_one_time_links_moderator")
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"],
            ["moderators.id"],
            name=op.f("fk_one_time_links_moderator_id_moderators"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_one_time_links_digest")),
    )
    op.create_index(op.f("ix_one_time_links_moderator_id"), "one_time_links", ["moderator_id"])
    op.create_table(
        "login_tries",
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_login_tries")),
    )
    op.create_index(op.f("ix_login_tries_ends_at"), "login_tries", ["ends_at"])


def downgrade() -> None:
    op.drop_table("login_tries")
    op.drop_table("one_time_links")
    op.drop_table("sessions")
    op.drop_column("moderator_tokens", "label")
    for name in OF_ACCOUNTS:
        op.drop_column("moderators", name)
