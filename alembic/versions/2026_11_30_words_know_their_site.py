"""SQLite's index of words knows the site of each comment, so that what has a word is counted without the comments."""

from alembic import op

revision = "20261130b"
down_revision = "20261130a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("ALTER TABLE queue_numbers ADD COLUMN site_id CHAR(32)")
    op.execute("UPDATE queue_numbers SET site_id = (SELECT site_id FROM comments WHERE comments.id = comment_id)")
    _fill("comment_id, site_id", "NEW.id, NEW.site_id")


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    _fill("comment_id", "NEW.id")
    op.execute("ALTER TABLE queue_numbers DROP COLUMN site_id")


def _fill(columns: str, values: str) -> None:
    for trigger in ("queue_takes_new", "queue_follows_changes"):
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute(
        "CREATE TRIGGER queue_takes_new AFTER INSERT ON comments WHEN NEW.status = 'pending' "
        f"BEGIN INSERT INTO queue_numbers ({columns}) VALUES ({values}); END"
    )
    op.execute(
        "CREATE TRIGGER queue_follows_changes AFTER UPDATE OF status, text ON comments "
        "WHEN OLD.status = 'pending' OR NEW.status = 'pending' BEGIN "
        "DELETE FROM queue_numbers WHERE comment_id = OLD.id; "
        f"INSERT INTO queue_numbers ({columns}) SELECT {values} WHERE NEW.status = 'pending'; END"
    )
