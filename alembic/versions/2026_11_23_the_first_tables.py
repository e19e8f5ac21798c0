"""The first tables: sites, articles, authors, comments, decisions, outbox, models, people, audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123a"
down_revision = None
branch_labels = None
depends_on = None

json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('email', 'index')", name=op.f("ck_data_keys_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_keys")),
    )
    op.create_table(
        "model_versions",
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bundled", sa.Boolean(), nullable=False),
        sa.Column("artifact", sa.LargeBinary(), nullable=True),
        sa.Column("card", json, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bundled OR artifact IS NOT NULL", name=op.f("ck_model_versions_artifact")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_model_versions")),
    )
    op.create_table(
        "moderators",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('moderator', 'admin')", name=op.f("ck_moderators_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderators")),
        sa.UniqueConstraint("name", name=op.f("uq_moderators_name")),
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("settings", json, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("slug", name=op.f("uq_sites_slug")),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("comments", sa.String(length=20), nullable=False),
        sa.Column("moderation", sa.String(length=20), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("comments IN ('open', 'closed')", name=op.f("ck_articles_comments")),
        sa.CheckConstraint("moderation IN ('auto', 'pre')", name=op.f("ck_articles_moderation")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_articles_site_id_sites"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("site_id", "external_id", name=op.f("uq_articles_site_id_external_id")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", json, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_audit_entries_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(
        op.f("ix_audit_entries_site_id_occurred_at"), "audit_entries", ["site_id", "occurred_at"], unique=False
    )
    op.create_table(
        "authors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("email_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealing_key", sa.LargeBinary(), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("standing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("standing IN ('normal', 'trusted', 'held', 'banned')", name=op.f("ck_authors_standing")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_authors_site_id_sites"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authors")),
        sa.UniqueConstraint("site_id", "email_fingerprint", name=op.f("uq_authors_site_id_email_fingerprint")),
    )
    op.create_index(op.f("ix_authors_sealing_key_id"), "authors", ["sealing_key", "id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.String(length=200), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_deliveries_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "delivery_id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_received_at"), "deliveries", ["received_at"], unique=False)
    op.create_table(
        "model_promotions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("promoted_by", sa.Text(), nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["model_versions.version"], name=op.f("fk_model_promotions_version_model_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_promotions")),
    )
    op.create_table(
        "moderator_sites",
        sa.Column("moderator_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id"],
            ["moderators.id"],
            name=op.f("fk_moderator_sites_moderator_id_moderators"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_moderator_sites_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("moderator_id", "site_id", name=op.f("pk_moderator_sites")),
    )
    op.create_table(
        "moderator_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("moderator_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["moderator_id"],
            ["moderators.id"],
            name=op.f("fk_moderator_tokens_moderator_id_moderators"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderator_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_moderator_tokens_digest")),
    )
    op.create_index(op.f("ix_moderator_tokens_moderator_id"), "moderator_tokens", ["moderator_id"], unique=False)
    op.create_table(
        "site_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("api_key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("webhook_secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_site_keys_site_id_sites"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_keys")),
        sa.UniqueConstraint("api_key_digest", name=op.f("uq_site_keys_api_key_digest")),
    )
    op.create_index(op.f("ix_site_keys_site_id"), "site_keys", ["site_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("parent_external_id", sa.String(length=200), nullable=True),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("author_url", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("model", sa.String(length=100), nullable=True),
        sa.Column("ip_network", sa.String(length=50), nullable=True),
        sa.Column("ip_fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('approved', 'pending', 'rejected')", name=op.f("ck_comments_status")),
        sa.CheckConstraint("(score IS NULL) = (model IS NULL)", name=op.f("ck_comments_score_has_model")),
        sa.CheckConstraint("score IS NULL OR score BETWEEN 0 AND 1", name=op.f("ck_comments_score")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_comments_article_id_articles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_comments_author_id_authors")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_comments_site_id_sites"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint("site_id", "external_id", name=op.f("uq_comments_site_id_external_id")),
    )
    op.create_index(op.f("ix_comments_author_id_received_at"), "comments", ["author_id", "received_at"], unique=False)
    op.create_index(
        op.f("ix_comments_author_id_text_digest_received_at"),
        "comments",
        ["author_id", "text_digest", "received_at"],
        unique=False,
    )
    op.create_index(
        "ix_comments_ip_fingerprint",
        "comments",
        ["ip_fingerprint", "received_at"],
        unique=False,
        sqlite_where=sa.text("ip_fingerprint IS NOT NULL"),
        postgresql_where=sa.text("ip_fingerprint IS NOT NULL"),
    )
    op.create_index(
        "ix_comments_not_scored",
        "comments",
        ["id"],
        unique=False,
        sqlite_where=sa.text("reason = 'not_scored'"),
        postgresql_where=sa.text("reason = 'not_scored'"),
    )
    op.create_index(
        "ix_comments_public",
        "comments",
        ["article_id", "thread"],
        unique=False,
        sqlite_where=sa.text("status = 'approved'"),
        postgresql_where=sa.text("status = 'approved'"),
    )
    op.create_index(
        "ix_comments_queue_by_score",
        "comments",
        ["site_id", "score", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(op.f("ix_comments_site_id_status_id"), "comments", ["site_id", "status", "id"], unique=False)
    op.create_index(
        "ix_comments_traces",
        "comments",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("ip_network IS NOT NULL OR user_agent IS NOT NULL"),
        postgresql_where=sa.text("ip_network IS NOT NULL OR user_agent IS NOT NULL"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("model", sa.String(length=100), nullable=True),
        sa.Column("decided_by", sa.String(length=20), nullable=False),
        sa.Column("moderator_id", sa.Uuid(), nullable=True),
        sa.Column("label", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(decided_by = 'moderator') = (moderator_id IS NOT NULL)", name=op.f("ck_decisions_moderator_is_named")
        ),
        sa.CheckConstraint("decided_by IN ('machine', 'site', 'moderator')", name=op.f("ck_decisions_decided_by")),
        sa.CheckConstraint("label IN ('spam', 'ham')", name=op.f("ck_decisions_label")),
        sa.CheckConstraint("status IN ('approved', 'pending', 'rejected')", name=op.f("ck_decisions_status")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_decisions_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["moderator_id"], ["moderators.id"], name=op.f("fk_decisions_moderator_id_moderators")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_decisions_site_id_sites"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["undoes_id"], ["decisions.id"], name=op.f("fk_decisions_undoes_id_decisions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("comment_id", "version", name=op.f("uq_decisions_comment_id_version")),
    )
    op.create_index(op.f("ix_decisions_batch_id"), "decisions", ["batch_id"], unique=False)
    op.create_index(
        "ix_decisions_labels",
        "decisions",
        ["site_id", "decided_at"],
        unique=False,
        sqlite_where=sa.text("label IS NOT NULL"),
        postgresql_where=sa.text("label IS NOT NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("body", json, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_outbox_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_outbox_site_id_sites"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_comment_id"), "outbox", ["comment_id"], unique=False)
    op.create_index(op.f("ix_outbox_site_id_id"), "outbox", ["site_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_site_id_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_comment_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(
        "ix_decisions_labels",
        table_name="decisions",
        sqlite_where=sa.text("label IS NOT NULL"),
        postgresql_where=sa.text("label IS NOT NULL"),
    )
    op.drop_index(op.f("ix_decisions_batch_id"), table_name="decisions")
    op.drop_table("decisions")
    op.drop_index(
        "ix_comments_traces",
        table_name="comments",
        sqlite_where=sa.text("ip_network IS NOT NULL OR user_agent IS NOT NULL"),
        postgresql_where=sa.text("ip_network IS NOT NULL OR user_agent IS NOT NULL"),
    )
    op.drop_index(op.f("ix_comments_site_id_status_id"), table_name="comments")
    op.drop_index(
        "ix_comments_queue_by_score",
        table_name="comments",
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.drop_index(
        "ix_comments_public",
        table_name="comments",
        sqlite_where=sa.text("status = 'approved'"),
        postgresql_where=sa.text("status = 'approved'"),
    )
    op.drop_index(
        "ix_comments_not_scored",
        table_name="comments",
        sqlite_where=sa.text("reason = 'not_scored'"),
        postgresql_where=sa.text("reason = 'not_scored'"),
    )
    op.drop_index(
        "ix_comments_ip_fingerprint",
        table_name="comments",
        sqlite_where=sa.text("ip_fingerprint IS NOT NULL"),
        postgresql_where=sa.text("ip_fingerprint IS NOT NULL"),
    )
    op.drop_index(op.f("ix_comments_author_id_text_digest_received_at"), table_name="comments")
    op.drop_index(op.f("ix_comments_author_id_received_at"), table_name="comments")
    op.drop_table("comments")
    op.drop_index(op.f("ix_site_keys_site_id"), table_name="site_keys")
    op.drop_table("site_keys")
    op.drop_index(op.f("ix_moderator_tokens_moderator_id"), table_name="moderator_tokens")
    op.drop_table("moderator_tokens")
    op.drop_table("moderator_sites")
    op.drop_table("model_promotions")
    op.drop_index(op.f("ix_deliveries_received_at"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_authors_sealing_key_id"), table_name="authors")
    op.drop_table("authors")
    op.drop_index(op.f("ix_audit_entries_site_id_occurred_at"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_table("articles")
    op.drop_table("sites")
    op.drop_table("moderators")
    op.drop_table("model_versions")
    op.drop_table("data_keys")
