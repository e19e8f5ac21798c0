"""The server that the other tests stand on: it must be real, private, obedient in drills, and gone afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.conftest import copy_sqlite
from tests.postgres import LocalServer, PostgresServer, database_of, fresh_name
from tests.postgres_programs import (
    NoPostgres,
    Programs,
    absence_is_a_failure,
    find_ground,
    programs_of_debian,
    programs_of_wheel,
)

ROOT = Path(__file__).resolve().parents[2]


def has_come_true(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Asks until the answer is yes, or it is late."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer


@pytest.fixture(scope="module")
def drill_server(postgres_server: PostgresServer) -> Iterator[LocalServer]:
    """A server that may be frozen and ended without harm to others."""
    programs = programs_of_wheel() or programs_of_debian()
    if programs is None:
        pytest.skip(f"a given server is not ours to end: {type(postgres_server).__name__}")
    server = LocalServer(programs)
    yield server
    server.stop()


def test_the_url_names_the_driver_and_leads_to_that_database(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            found = connection.execute(text("SELECT current_database()")).scalar_one()
        engine.dispose()

    assert url.startswith("postgresql+psycopg://")
    assert found == database_of(url)


def test_a_database_made_from_a_template_holds_what_the_template_held(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as template:
        with postgres_server.connect(database_of(template)) as connection:
            connection.execute("CREATE TABLE words AS SELECT 'Привет' AS word")

        with (
            postgres_server.database(database_of(template)) as copy,
            postgres_server.connect(database_of(copy)) as connection,
        ):
            rows = connection.execute("SELECT word FROM words").fetchall()

    assert rows == [("Привет",)]


def test_a_database_is_dropped_although_someone_is_still_connected(postgres_server: PostgresServer) -> None:
    name = fresh_name()
    postgres_server.create_database(name)

    with postgres_server.connect(name) as guest:
        postgres_server.drop_database(name)

        with pytest.raises(psycopg.OperationalError):
            guest.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        postgres_server.connect(name)


def test_each_test_gets_an_empty_database_that_takes_rows(database_url: str) -> None:
    engine = create_engine(database_url.replace("+aiosqlite", ""))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE one_of_its_own (n INTEGER)"))
        connection.execute(text("INSERT INTO one_of_its_own VALUES (1)"))
        count = connection.execute(text("SELECT count(*) FROM one_of_its_own")).scalar_one()
    engine.dispose()

    assert count == 1


test_no_test_sees_the_tables_of_another = test_each_test_gets_an_empty_database_that_takes_rows


def test_a_copied_sqlite_file_holds_what_was_still_in_the_log(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'source.db'}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA journal_mode = WAL"))
        connection.execute(text("CREATE TABLE words AS SELECT 'ham' AS word"))
        connection.commit()

        copy_sqlite(tmp_path / "source.db", tmp_path / "copy.db")
    engine.dispose()

    copy = create_engine(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.connect() as connection:
        assert connection.execute(text("SELECT word FROM words")).scalar_one() == "ham"
    copy.dispose()


def test_a_server_that_was_ended_at_once_still_has_what_was_committed(drill_server: LocalServer) -> None:
    with drill_server.database() as url:
        name = database_of(url)
        with drill_server.connect(name) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
            drill_server.stop_server()

        with pytest.raises(psycopg.OperationalError):
            drill_server.connect(name)
        drill_server.start_server()
        with drill_server.connect(name) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]


async def test_a_frozen_server_answers_nobody_until_it_is_resumed(drill_server: LocalServer) -> None:
    with drill_server.database() as url:
        conninfo = url.replace("+psycopg", "")
        open_before = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)

        drill_server.pause()
        try:
            late = asyncio.create_task(open_before.execute("SELECT 1"))
            new = asyncio.create_task(psycopg.AsyncConnection.connect(conninfo))
            # Both would be there within milliseconds. Only waiting can show that something does not happen.
            done, _ = await asyncio.wait({late, new}, timeout=0.5)
        finally:
            drill_server.resume()

        assert not done
        assert await (await late).fetchone() == (1,)
        await (await new).close()
        await open_before.close()


def test_the_server_is_not_open_to_other_accounts_of_this_machine(drill_server: LocalServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=drill_server.port, user="postgres", dbname="postgres", password="guess")


def test_a_stopped_server_leaves_neither_process_nor_folder(drill_server: LocalServer) -> None:
    second = LocalServer(programs_of_wheel() or programs_of_debian())  # type: ignore[arg-type]  # as for the first
    pid = second.pid

    second.stop()

    assert second.port != drill_server.port
    assert not second.folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_test_run_leaves_neither_server_nor_folder(drill_server: LocalServer, end: signal.Signals) -> None:
    script = (
        "import signal\n"
        "from tests.postgres import LocalServer\n"
        "from tests.postgres_programs import programs_of_debian, programs_of_wheel\n"
        # A shell starts its background jobs deaf to Ctrl-C, and their children inherit it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "server = LocalServer(programs_of_wheel() or programs_of_debian())\n"
        "print(server.folder, server.port, flush=True)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        try:
            assert run.stdout is not None
            folder, port = run.stdout.readline().split()
            assert Path(folder).is_dir()

            run.send_signal(end)
            run.wait(timeout=30)
        finally:
            run.kill()

    assert has_come_true(lambda: not Path(folder).exists())
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(host="127.0.0.1", port=int(port), user="postgres")


def test_a_named_server_comes_before_every_other() -> None:
    named = "postgresql://tester@db.example/postgres"

    assert find_ground({"MODERATION_TEST_DATABASE_URL": named}) == named
    assert PostgresServer(named).url("t1") == "postgresql+psycopg://tester@db.example/t1"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_a_named_server_may_be_written_in_every_usual_way(scheme: str) -> None:
    server = PostgresServer(f"{scheme}://u:p%40w@db.example:6543/postgres?sslmode=require")

    assert server.url("t1") == "postgresql+psycopg://u:p%40w@db.example:6543/t1?sslmode=require"


def test_the_wheel_comes_before_debian_and_no_server_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, debian = Programs(Path("wheel"), Path("wheel")), Programs(Path("debian"), Path("debian"))
    found = {"programs_of_wheel": wheel, "programs_of_debian": debian}

    def hide(name: str | None) -> None:
        if name:
            found.pop(name)
        for finder in ("programs_of_wheel", "programs_of_debian"):
            monkeypatch.setattr(f"tests.postgres_programs.{finder}", lambda finder=finder: found.get(finder))

    hide(None)
    assert find_ground({}) is wheel
    hide("programs_of_wheel")
    assert find_ground({}) is debian
    hide("programs_of_debian")
    with pytest.raises(NoPostgres, match="MODERATION_TEST_DATABASE_URL is not set"):
        find_ground({})


@pytest.mark.parametrize(
    ("environ", "fails"),
    [
        ({}, False),
        ({"CI": "false"}, False),
        ({"CI": "true"}, True),
        ({"MODERATION_REQUIRE_POSTGRES": "1"}, True),
    ],
)
def test_a_missing_server_is_a_failure_only_where_one_is_promised(environ: Mapping[str, str], fails: bool) -> None:
    assert absence_is_a_failure(environ) is fails
