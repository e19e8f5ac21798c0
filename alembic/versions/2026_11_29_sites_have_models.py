"""Sites have models: which version is whose, which one serves a site, who trains, what training found, and shadows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129m"
down_revision = "20261129h"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def belongs(table: str, column: str, other: str, key: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}"), **more)


def upgrade() -> None:
    op.create_table(
        "site_models",
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        belongs("site_models", "site_id", "sites", "id", ondelete="CASCADE"),
        belongs("site_models", "version", "model_versions", "version"),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_site_models")),
    )
    op.create_index(op.f("ix_site_models_site_id"), "site_models", ["site_id"])
    op.create_table(
        "site_promotions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=True),
        sa.Column("promoted_by", sa.Text(), nullable=False),
        sa.Column("promoted_at", MOMENT, nullable=False),
        belongs("site_promotions", "site_id", "sites", "id", ondelete="CASCADE"),
        belongs("site_promotions", "version", "model_versions", "version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_promotions")),
    )
    op.create_index(op.f("ix_site_promotions_site_id_id"), "site_promotions", ["site_id", "id"])
    op.create_table(
        "training_leases",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        belongs("training_leases", "site_id", "sites", "id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_training_leases")),
    )
    op.create_table(
        "training_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("version", sa.String(length=100), nullable=True),
        sa.Column("report", JSON, nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'running', 'promoted', 'kept', 'refused', 'failed')",
            name=op.f("ck_training_runs_state"),
        ),
        belongs("training_runs", "site_id", "sites", "id", ondelete="CASCADE"),
        belongs("training_runs", "version", "model_versions", "version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_runs")),
    )
    op.create_index(op.f("ix_training_runs_site_id_id"), "training_runs", ["site_id", "id"])
    op.create_table(
        "shadow_models",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        belongs("shadow_models", "site_id", "sites", "id", ondelete="CASCADE"),
        belongs("shadow_models", "version", "model_versions", "version"),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_shadow_models")),
    )
    op.create_table(
        "shadow_scores",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_shadow_scores_score")),
        belongs("shadow_scores", "comment_id", "comments", "id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_shadow_scores")),
    )
    op.create_index(op.f("ix_shadow_scores_site_id_comment_id"), "shadow_scores", ["site_id", "comment_id"])


def downgrade() -> None:
    for table in (
        "shadow_scores", "shadow_models", "training_runs", "training_leases", "site_promotions", "site_models",
    ):
        op.drop_table(table)
