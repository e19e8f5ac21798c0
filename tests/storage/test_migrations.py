"""The revisions build the tables of the code, on both databases, however many processes run them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, inspect, text

from moderation.bundled import bundled_folder
from moderation.errors import StorageUnavailable
from moderation.storage.migrations import Schema, connect, downgrade, known_revisions, schema_of, upgrade
from moderation.storage.tables import metadata
from tests.storage.drills import in_processes, migrate_together

REVISIONS = sorted(bundled_folder("alembic").glob("versions/*.py"))


# The index of words differs between the databases, so no table of the code tells of it; tests of searches do.
OF_ONE_DATABASE = re.compile("queue_words.*|queue_numbers|ix_comments_queue_by_word")
TRIGGERS = {"decisions_are_append_only", "audit_entries_are_append_only"}
TRIGGERS_OF_SQLITE = {"queue_takes_new", "queue_follows_changes", "queue_learns_words", "queue_forgets_words"}


def differences(connection: Connection) -> list[object]:
    def is_told(name: str | None, *_: object) -> bool:
        return not OF_ONE_DATABASE.fullmatch(name or "")

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_told})
    return list(compare_metadata(context, metadata))


def checks_of(connection: Connection) -> set[tuple[str, str]]:
    inspector = inspect(connection)
    return {
        (table, str(check["name"]))
        for table in inspector.get_table_names()
        for check in inspector.get_check_constraints(table)
    }


def triggers_of(connection: Connection) -> set[str]:
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    return set(connection.execute(text(catalogue)).scalars())


def partial_indexes_of(connection: Connection) -> set[str]:
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
        if connection.dialect.name == "sqlite"
        else "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %' AND schemaname = 'public'"
    )
    return set(connection.execute(text(catalogue)).scalars())


def test_the_revisions_build_the_tables_of_the_code(database_url: str) -> None:
    upgrade(database_url)

    with connect(database_url) as connection:
        assert differences(connection) == []
    assert schema_of(database_url) is Schema.CURRENT


def test_the_revisions_build_the_checks_of_the_code(database_url: str) -> None:
    wanted = {
        (table.name, str(constraint.name))
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }

    upgrade(database_url)

    with connect(database_url) as connection:
        assert checks_of(connection) == wanted


def test_the_revisions_build_the_triggers_and_the_partial_indexes(database_url: str) -> None:
    wanted = {
        str(index.name)
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["postgresql"]["where"] is not None
    }

    upgrade(database_url)

    with connect(database_url) as connection:
        sqlite = connection.dialect.name == "sqlite"
        assert triggers_of(connection) == TRIGGERS | (TRIGGERS_OF_SQLITE if sqlite else set())
        assert partial_indexes_of(connection) == wanted | (set() if sqlite else {"ix_comments_queue_by_word"})


def test_the_revisions_can_be_taken_back_and_run_again(database_url: str) -> None:
    upgrade(database_url)

    downgrade(database_url, "base")
    with connect(database_url) as connection:
        left = set(inspect(connection).get_table_names()) - {"alembic_version"}
        left |= triggers_of(connection)
    upgrade(database_url)

    with connect(database_url) as connection:
        assert differences(connection) == []
    assert left == set()


def test_each_revision_can_be_taken_back_alone(database_url: str) -> None:
    upgrade(database_url)

    downgrade(database_url, "-1")

    assert schema_of(database_url) is Schema.BEHIND
    upgrade(database_url)
    assert schema_of(database_url) is Schema.CURRENT


def test_three_processes_that_migrate_at_once_all_succeed(database_url: str) -> None:
    exit_codes = in_processes(migrate_together, database_url, count=3)

    with connect(database_url) as connection:
        left = differences(connection)
    assert (exit_codes, left) == ([0, 0, 0], [])


def test_an_empty_database_is_told_from_one_of_a_newer_version(database_url: str) -> None:
    before = schema_of(database_url)
    upgrade(database_url)
    with connect(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of the future'"))
        connection.commit()

    assert (before, schema_of(database_url)) == (Schema.EMPTY, Schema.UNKNOWN)


def test_a_database_that_is_away_is_reported_and_holds_no_password() -> None:
    with pytest.raises(StorageUnavailable) as caught:
        upgrade("postgresql+psycopg://someone:hunter2@127.0.0.1:9/nowhere")

    assert "hunter2" not in str(caught.value)


def test_there_are_revisions_and_no_package_that_would_hide_the_library() -> None:
    assert len(REVISIONS) >= 2
    assert not (bundled_folder("alembic") / "__init__.py").exists()


@pytest.mark.parametrize("path", REVISIONS, ids=lambda path: path.stem)
def test_a_revision_imports_nothing_of_the_house(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported <= {"alembic", "sqlalchemy", "__future__"}


def test_the_revisions_are_read_from_their_files_as_alembic_reads_them() -> None:
    scripts = ScriptDirectory(str(bundled_folder("alembic"))).walk_revisions()

    assert known_revisions() == {script.revision: script.down_revision for script in scripts}


def test_a_start_on_tables_that_are_up_to_date_waits_for_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'moderation.db'}"
    upgrade(url)
    program = (
        "import sys, moderation.cli.running\n"
        "from moderation.storage.migrations import schema_of\n"
        "assert schema_of(sys.argv[1]).value == 'current'\n"
        "from moderation.bundled import bundled_folder; from moderation.domain import Writing\n"
        "from moderation.scoring import load_bundled\n"
        "load_bundled(bundled_folder('models')).score([Writing('text')])\n"
        "print(sorted({'alembic', 'sklearn', 'scipy', 'numpy'} & set(sys.modules)))"
    )

    loaded = subprocess.run([sys.executable, "-c", program, url], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"
