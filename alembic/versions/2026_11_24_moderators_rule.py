"""Moderators rule: indexes for the queue, its words, claims and notes."""

import sqlalchemy as sa
from alembic import op

revision = "20261124b"
down_revision = "20261124a"
branch_labels = None
depends_on = None

QUEUES = {
    "ix_comments_queue_by_reason": ["site_id", "reason", "score", "id"],
    "ix_comments_queue_by_reports": ["site_id", "reports", "id"],
    "ix_comments_queue_by_article": ["article_id", "score", "id"],
    "ix_comments_queue_by_author": ["author_id", "score", "id"],
}
PENDING = sa.text("status = 'pending'")

# What both databases take for the end of a word; PostgreSQL would keep addresses of pages and words with hyphens whole.
WORDS = r"to_tsvector('simple', translate(author_name || ' ' || text, '/@.:-_''’', '        '))"


def upgrade() -> None:
    op.add_column("comments", sa.Column("reports", sa.Integer(), server_default=sa.text("0"), nullable=False))
    for name, columns in QUEUES.items():
        op.create_index(name, "comments", columns, sqlite_where=PENDING, postgresql_where=PENDING)
    op.create_table(
        "claims",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("moderator_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_claims_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_claims_site_id_sites"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["moderator_id"], ["moderators.id"], name=op.f("fk_claims_moderator_id_moderators")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_changed_at"), "claims", ["changed_at"])
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("moderator_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_notes_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["moderator_id"], ["moderators.id"], name=op.f("fk_notes_moderator_id_moderators")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_comment_id"), "notes", ["comment_id"])
    if op.get_bind().dialect.name == "sqlite":
        find_words_on_sqlite()
    else:
        op.execute(f"CREATE INDEX ix_comments_queue_by_word ON comments USING gin ({WORDS}) WHERE status = 'pending'")


def find_words_on_sqlite() -> None:
    """SQLite's index of words is a table of its own, by number: triggers put in what is pending and take out the rest."""
    op.execute(
        "CREATE TABLE queue_numbers (number INTEGER PRIMARY KEY, comment_id CHAR(32) NOT NULL UNIQUE "
        "REFERENCES comments (id) ON DELETE CASCADE)"
    )
    op.execute(
        "CREATE VIRTUAL TABLE queue_words USING fts5(author_name, text, tokenize = 'unicode61 remove_diacritics 0')"
    )
    op.execute(
        "CREATE TRIGGER queue_takes_new AFTER INSERT ON comments WHEN NEW.status = 'pending' "
        "BEGIN INSERT INTO queue_numbers (comment_id) VALUES (NEW.id); END"
    )
    op.execute(
        "CREATE TRIGGER queue_follows_changes AFTER UPDATE OF status, text ON comments "
        "WHEN OLD.status = 'pending' OR NEW.status = 'pending' BEGIN "
        "DELETE FROM queue_numbers WHERE comment_id = OLD.id; "
        "INSERT INTO queue_numbers (comment_id) SELECT NEW.id WHERE NEW.status = 'pending'; END"
    )
    op.execute(
        "CREATE TRIGGER queue_learns_words AFTER INSERT ON queue_numbers BEGIN "
        "INSERT INTO queue_words (rowid, author_name, text) "
        "SELECT NEW.number, author_name, text FROM comments WHERE id = NEW.comment_id; END"
    )
    op.execute(
        "CREATE TRIGGER queue_forgets_words AFTER DELETE ON queue_numbers "
        "BEGIN DELETE FROM queue_words WHERE rowid = OLD.number; END"
    )
    op.execute("INSERT INTO queue_numbers (comment_id) SELECT id FROM comments WHERE status = 'pending' ORDER BY id")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for trigger in ("queue_takes_new", "queue_follows_changes", "queue_learns_words", "queue_forgets_words"):
            op.execute(f"DROP TRIGGER {trigger}")
        op.drop_table("queue_words")
        op.drop_table("queue_numbers")
    else:
        op.drop_index("ix_comments_queue_by_word", table_name="comments")
    op.drop_table("notes")
    op.drop_table("claims")
    for name in QUEUES:
        op.drop_index(name, table_name="comments")
    op.drop_column("comments", "reports")
