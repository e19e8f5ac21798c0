"""The store keeps what it has taken, loses no update, and says so in time when it cannot be reached."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from moderation.errors import Raced, StorageUnavailable
from moderation.storage.database import Database, OpenWork
from moderation.storage.migrations import upgrade
from moderation.storage.sqlite import READERS
from moderation.storage.tables import articles, sites
from tests.conftest import copy_sqlite, sqlite_url
from tests.postgres import LocalServer, PostgresServer
from tests.postgres_programs import programs_of_debian, programs_of_wheel
from tests.storage.drills import count_up, in_processes

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

# What the drills promise; see ANSWER_SECONDS for what the parts of it may take.
MOST_SECONDS = 5.0


@pytest.fixture
async def database(migrated_database_url: str) -> AsyncIterator[Database]:
    database = Database(migrated_database_url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite(sqlite_template: str, tmp_path: Path) -> AsyncIterator[Database]:
    copy_sqlite(Path(sqlite_template), tmp_path / "moderation.db")
    database = Database(sqlite_url(tmp_path))
    yield database
    await database.close()


@pytest.fixture(scope="module")
def drill_server(postgres_server: PostgresServer) -> Iterator[LocalServer]:
    """A PostgreSQL that may be ended and frozen, with our tables."""
    programs = programs_of_wheel() or programs_of_debian()
    if programs is None:
        pytest.skip(f"a given server is not ours to end: {type(postgres_server).__name__}")
    server = LocalServer(programs)
    upgrade(server.url("postgres"))
    yield server
    server.stop()


@pytest.fixture
async def mortal(drill_server: LocalServer) -> AsyncIterator[Database]:
    """A database on the server of the drills, with two connections that were used before."""
    database = Database(drill_server.url("postgres"))
    async with database.open_work() as first, database.open_work() as second:
        await first.connection.execute(text("SELECT 1"))
        await second.connection.execute(text("SELECT 1"))
    yield database
    drill_server.resume()
    await database.close()


async def add_site(database: Database, slug: str = "daily-planet") -> UUID:
    async with database.open_work() as work:
        site = await work.sites.add(slug, "https://planet.example.com", now=NOW)
        await work.commit()
    return site.id


async def in_the_middle(database: Database, misfortune: Callable[[], None]) -> None:
    """Lets something happen between two statements of one transaction."""
    async with database.open_work() as work:
        await work.connection.execute(text("SELECT 1"))
        misfortune()
        await work.connection.execute(text("SELECT 1"))


async def test_processes_that_read_and_then_write_lose_no_update(database: Database) -> None:
    await add_site(database)

    exit_codes = in_processes(count_up, database.url.render_as_string(hide_password=False), 50, count=3)

    async with database.open_reading() as work:
        counted = await work.sites.revision("daily-planet")
    assert (exit_codes, counted) == ([0, 0, 0], 150)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 3000)],
)
async def test_every_connection_to_sqlite_is_set_up_to_survive_a_power_cut(
    sqlite: Database, pragma: str, value: object
) -> None:
    async with sqlite.open_work() as first, sqlite.open_reading() as second:
        found = [(await work.connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar_one() for work in (first, second)]

    assert found == [value, value]


async def test_what_takes_comments_in_makes_no_files_elsewhere(sqlite: Database) -> None:
    async def ask(open_work: OpenWork) -> object:
        async with open_work() as work:
            return (await work.connection.exec_driver_sql("PRAGMA temp_store")).scalar_one()

    in_memory = 2

    assert await sqlite.at_once(ask) == in_memory


async def test_a_reader_of_sqlite_does_not_wait_for_a_writer(sqlite: Database) -> None:
    async with sqlite.open_work() as writer:
        await writer.sites.add("daily-planet", "https://planet.example.com", now=NOW)

        async with sqlite.open_reading() as reader:
            assert await reader.sites.find("daily-planet") is None


async def test_who_only_reads_sqlite_can_write_nothing(sqlite: Database) -> None:
    site = {
        "id": UUID(int=1),
        "slug": "s",
        "url": "https://s.example",
        "settings": {},
        "revision": 0,
        "created_at": NOW,
    }
    with pytest.raises(StorageUnavailable):
        async with sqlite.open_reading() as work:
            await work.connection.execute(insert(sites), site)

    async with sqlite.open_reading() as work:
        assert await work.sites.all() == []


async def test_what_is_read_in_one_go_is_what_was_kept(database: Database) -> None:
    async def slugs(open_work: OpenWork) -> list[str]:
        async with open_work() as work:
            return [site.slug for site in await work.sites.all()]

    assert await database.read_at_once(slugs) == []
    await add_site(database)
    answers = await asyncio.gather(*(database.read_at_once(slugs) for _ in range(3 * READERS)))
    assert answers == [["daily-planet"]] * 3 * READERS


async def test_who_finds_no_room_to_read_in_one_go_hears_so_in_time(sqlite: Database) -> None:
    async def nothing(open_work: OpenWork) -> None:
        async with open_work():
            pass

    async with endless_readers(sqlite):
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            await sqlite.read_at_once(nothing)
        assert time.monotonic() - began < MOST_SECONDS

    await sqlite.read_at_once(nothing)


ENDLESS = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")


@asynccontextmanager
async def endless_readers(database: Database) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Gives as many as there can be, each in a statement that never ends; they are sent away afterwards."""
    begun = asyncio.Semaphore(0)

    async def ask() -> None:
        async with database.open_reading() as work:
            await work.connection.execute(text("SELECT 1"))
            begun.release()
            await work.connection.execute(ENDLESS)

    asking = [asyncio.create_task(ask()) for _ in range(READERS)]
    for _ in asking:
        await begun.acquire()
    yield asking
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


async def test_readers_of_sqlite_who_leave_in_the_middle_of_a_statement_make_room(sqlite: Database) -> None:
    for _ in range(3):
        async with asyncio.timeout(MOST_SECONDS), endless_readers(sqlite) as asking:
            pass
        assert all(task.cancelled() for task in asking)

    async with sqlite.open_reading() as work:
        assert await work.sites.all() == []


async def test_who_finds_no_room_to_read_sqlite_hears_so_in_time(sqlite: Database) -> None:
    async with endless_readers(sqlite):
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            async with sqlite.open_reading():
                pass
        assert time.monotonic() - began < MOST_SECONDS


async def test_what_is_not_committed_is_forgotten(database: Database) -> None:
    async with database.open_work() as work:
        await work.sites.add("daily-planet", "https://planet.example.com", now=NOW)

    async with database.open_reading() as work:
        assert await work.sites.all() == []


async def test_who_comes_second_with_the_same_name_has_lost_a_race(database: Database) -> None:
    await add_site(database)

    with pytest.raises(Raced):
        await add_site(database)


async def test_who_adds_to_something_that_was_erased_in_the_meantime_has_lost_a_race(database: Database) -> None:
    orphan = {"id": UUID(int=1), "site_id": UUID(int=2), "external_id": "a", "comments": "open", "created_at": NOW}

    with pytest.raises(Raced):
        async with database.open_work() as work:
            await work.connection.execute(insert(articles), orphan)


async def test_a_row_that_the_tables_forbid_is_a_defect_of_ours_and_no_race(database: Database) -> None:
    site = await add_site(database)
    wrong = {"id": UUID(int=1), "site_id": site, "external_id": "a", "comments": "ajar", "created_at": NOW}

    with pytest.raises(Exception, match=r"(?i)check constraint") as caught:
        async with database.open_work() as work:
            await work.connection.execute(insert(articles), wrong)

    assert not isinstance(caught.value, Raced | StorageUnavailable)


async def test_no_error_of_the_database_repeats_a_value(database: Database) -> None:
    async def ask(open_work: OpenWork) -> None:
        async with open_work() as work:
            await work.connection.execute(text("SELECT 1 FROM nowhere WHERE name = :name"), {"name": "ana@example.org"})

    ways = (database.at_once(ask), database.read_at_once(ask), ask(database.open_work), ask(database.open_reading))
    for in_vain in ways:
        with pytest.raises(Exception, match=r"nowhere|answer") as caught:
            await in_vain
        error = caught.value.__cause__ if isinstance(caught.value, StorageUnavailable) else caught.value
        assert "nowhere" in str(error)
        assert "ana@" not in str(error)


async def test_a_moment_without_a_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="a moment needs a time zone"):
        async with database.open_work() as work:
            await work.sites.add("daily-planet", "https://planet.example.com", now=NOW.replace(tzinfo=None))


async def test_a_moment_comes_back_in_utc_to_the_microsecond_whatever_zone_it_went_in(database: Database) -> None:
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    async with database.open_work() as work:
        await work.sites.add("daily-planet", "https://planet.example.com", now=moment)
        await work.commit()

    async with database.open_reading() as work:
        [stored] = (await work.connection.execute(select(sites.c.created_at))).scalars()
        found = await work.connection.execute(select(sites.c.slug).where(sites.c.created_at == moment))

    assert (stored, stored.tzinfo) == (moment, UTC)
    assert found.scalar_one() == "daily-planet"


async def test_a_locked_sqlite_is_unavailable_in_time_and_is_used_again_afterwards(sqlite: Database) -> None:
    with closing(sqlite3.connect(str(sqlite.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StorageUnavailable) as caught:
            await add_site(sqlite)
        took = time.monotonic() - began
        async with sqlite.open_reading() as work:
            assert await work.sites.all() == []  # reading goes on
        other.execute("ROLLBACK")

    await add_site(sqlite)
    assert took < MOST_SECONDS
    assert 1 <= caught.value.retry_after <= 5


async def test_a_postgresql_that_has_ended_is_unavailable_in_time_and_is_used_again_afterwards(
    mortal: Database, drill_server: LocalServer
) -> None:
    drill_server.stop_server()
    try:
        began = time.monotonic()
        for _ in range(3):  # also on the connections that were open
            with pytest.raises(StorageUnavailable):
                await mortal.ping()
        took = time.monotonic() - began
    finally:
        drill_server.start_server()

    await mortal.ping()
    assert took < MOST_SECONDS


async def test_connections_that_postgresql_has_just_ended_are_not_used_again(
    mortal: Database, drill_server: LocalServer
) -> None:
    async def ping(open_work: OpenWork) -> None:
        async with open_work() as work:
            await work.sites.all()

    ways: list[Callable[[], Awaitable[None]]] = [
        mortal.ping,
        lambda: mortal.at_once(ping),
        lambda: mortal.read_at_once(ping),
    ]
    for way in ways:
        await asyncio.gather(*(way() for _ in range(READERS)))
    with drill_server.connect() as admin:
        others = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        while admin.execute(f"SELECT pg_terminate_backend(pid) {others}").fetchall():
            pass

    for way in ways:
        await asyncio.gather(*(way() for _ in range(READERS)))


async def test_a_postgresql_that_ends_in_the_middle_of_a_transaction_is_unavailable(
    mortal: Database, drill_server: LocalServer
) -> None:
    try:
        with pytest.raises(StorageUnavailable):
            await in_the_middle(mortal, drill_server.stop_server)
    finally:
        drill_server.start_server()

    await mortal.ping()


async def test_a_postgresql_that_is_frozen_is_unavailable_in_time_and_is_used_again_afterwards(
    mortal: Database, drill_server: LocalServer
) -> None:
    drill_server.pause()
    try:
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            await mortal.ping()
        took = time.monotonic() - began
    finally:
        drill_server.resume()

    await mortal.ping()
    assert took < MOST_SECONDS


async def test_a_postgresql_that_freezes_in_the_middle_of_a_transaction_is_unavailable_in_time(
    mortal: Database, drill_server: LocalServer
) -> None:
    began = time.monotonic()
    try:
        with pytest.raises(StorageUnavailable):
            await in_the_middle(mortal, drill_server.pause)
        took = time.monotonic() - began
    finally:
        drill_server.resume()

    await mortal.ping()
    assert took < MOST_SECONDS


async def test_a_row_that_stays_locked_is_unavailable_in_time(mortal: Database) -> None:
    async with mortal.open_work() as first:
        await first.connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
        began = time.monotonic()

        with pytest.raises(StorageUnavailable):
            async with mortal.open_work() as second:
                await second.connection.execute(text("SELECT pg_advisory_xact_lock(1)"))

    assert time.monotonic() - began < MOST_SECONDS
