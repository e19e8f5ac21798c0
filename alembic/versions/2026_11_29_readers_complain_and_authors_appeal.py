"""Readers complain and authors appeal: reports, appeals, and the rule or the law that a decision names."""

import sqlalchemy as sa
from alembic import op

revision = "20261129h"
down_revision = "20261124l"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
REPORTED = sa.text("reports > 0")
NAMED = sa.text("reporter IS NOT NULL OR contact_sealed IS NOT NULL")


def upgrade() -> None:
    op.add_column("decisions", sa.Column("basis", sa.Text(), nullable=True))
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("complaint", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reporter", sa.LargeBinary(), nullable=True),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("finding", sa.String(length=20), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("reported_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "complaint IN ('spam', 'abuse', 'hate', 'off_topic', 'personal_data', 'illegal', 'other')",
            name=op.f("ck_reports_complaint"),
        ),
        sa.CheckConstraint("finding IN ('open', 'upheld', 'dismissed')", name=op.f("ck_reports_finding")),
        sa.CheckConstraint("(finding = 'open') = (decision_id IS NULL)", name=op.f("ck_reports_settled")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_reports_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_reports_decision_id_decisions")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_reports_site_id_sites"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("comment_id", "reporter", name=op.f("uq_reports_comment_id_reporter")),
        sa.UniqueConstraint("reference", name=op.f("uq_reports_reference")),
    )
    op.create_index(op.f("ix_reports_decision_id"), "reports", ["decision_id"])
    op.create_index(op.f("ix_reports_site_id_reporter"), "reports", ["site_id", "reporter"])
    op.create_index("ix_reports_named", "reports", ["reported_at"], sqlite_where=NAMED, postgresql_where=NAMED)
    op.create_index(
        "ix_comments_reported",
        "comments",
        ["site_id", "status", "reports", "id"],
        sqlite_where=REPORTED,
        postgresql_where=REPORTED,
    )
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("appealed_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'granted', 'refused')", name=op.f("ck_appeals_state")),
        sa.CheckConstraint("(state = 'open') = (decision_id IS NULL)", name=op.f("ck_appeals_decided")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_appeals_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_appeals_decision_id_decisions")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_appeals_site_id_sites"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("comment_id", "version", name=op.f("uq_appeals_comment_id_version")),
    )
    op.create_index(op.f("ix_appeals_decision_id"), "appeals", ["decision_id"])
    op.create_index(op.f("ix_appeals_site_id_state_id"), "appeals", ["site_id", "state", "id"])


def downgrade() -> None:
    op.drop_table("appeals")
    op.drop_index("ix_comments_reported", "comments")
    op.drop_table("reports")
    op.drop_column("decisions", "basis")
