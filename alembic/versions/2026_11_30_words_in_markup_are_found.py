"""Words in markup are found: every sign of ASCII ends a word of PostgreSQL's index, as it does of SQLite's.

Its parser knows tags, entities and signed numbers, and keeps nothing, or no word, of them.
"""

from alembic import op

revision = "20261130a"
down_revision = "20261129w"
branch_labels = None
depends_on = None

SIGNS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~’"  # as in a string of SQL
BEFORE = ("/@.:-_''’", " " * 8)
NOW = (SIGNS, " " * 33)


def upgrade() -> None:
    _index(*NOW)


def downgrade() -> None:
    _index(*BEFORE)


def _index(signs: str, spaces: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    words = f"to_tsvector('simple', translate(author_name || ' ' || text, '{signs}', '{spaces}'))"
    op.drop_index("ix_comments_queue_by_word", table_name="comments")
    op.execute(f"CREATE INDEX ix_comments_queue_by_word ON comments USING gin ({words}) WHERE status = 'pending'")
