"""What is decided stays: decisions and audit entries cannot be changed, by anyone who comes through the database."""

from alembic import op

revision = "20261123b"
down_revision = "20261123a"
branch_labels = None
depends_on = None

APPEND_ONLY = ("decisions", "audit_entries")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_are_append_only BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_are_append_only BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER {table}_are_append_only")
        return
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_are_append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
