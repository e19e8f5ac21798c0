"""Who did what is found: indexes for what people have decided and done, for articles, and for judged authors."""

import sqlalchemy as sa
from alembic import op

revision = "20261124k"
down_revision = "20261124c"
branch_labels = None
depends_on = None

BY_PEOPLE = sa.text("moderator_id IS NOT NULL")
JUDGED = sa.text("standing <> 'normal'")


def upgrade() -> None:
    for name, columns in {
        "ix_decisions_of_site_by_people": ["site_id", "id"],
        "ix_decisions_of_moderator": ["moderator_id", "id"],
    }.items():
        op.create_index(name, "decisions", columns, sqlite_where=BY_PEOPLE, postgresql_where=BY_PEOPLE)
    op.create_index(
        "ix_authors_judged", "authors", ["site_id", "id"], sqlite_where=JUDGED, postgresql_where=JUDGED
    )
    op.create_index(op.f("ix_articles_site_id_id"), "articles", ["site_id", "id"])
    op.drop_index(op.f("ix_audit_entries_site_id_occurred_at"), table_name="audit_entries")
    op.create_index(op.f("ix_audit_entries_site_id_id"), "audit_entries", ["site_id", "id"])
    op.create_index(op.f("ix_audit_entries_subject_id"), "audit_entries", ["subject", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_entries_subject_id"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_site_id_id"), table_name="audit_entries")
    op.create_index(op.f("ix_audit_entries_site_id_occurred_at"), "audit_entries", ["site_id", "occurred_at"])
    op.drop_index(op.f("ix_articles_site_id_id"), table_name="articles")
    op.drop_index("ix_authors_judged", table_name="authors")
    for name in ("ix_decisions_of_moderator", "ix_decisions_of_site_by_people"):
        op.drop_index(name, table_name="decisions")
