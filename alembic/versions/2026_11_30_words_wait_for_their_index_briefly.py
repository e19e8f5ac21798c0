"""New words wait for PostgreSQL's index in a list of at most 256 kB, where 4 MB are usual.

The list is read by each search. While nobody has analysed the table, the server would rather read all that is pending.
And whoever fills the list puts it into the index, which a comment or a moderator waits for.
"""

from alembic import op

revision = "20261130e"
down_revision = "20261130d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _change("SET (gin_pending_list_limit = 256)")


def downgrade() -> None:
    _change("RESET (gin_pending_list_limit)")


def _change(how: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX ix_comments_queue_by_word {how}")
