"""What the tests are given. A database is asked for by the state it shall be in; each test has its own."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from hypothesis import settings as hypothesis_settings

from moderation.app import service_app
from moderation.settings import Settings
from moderation.web.server import RunningServer, start_server
from moderation.wiring import House, Service, open_house
from moderation.workflows.directory import KnownSite
from moderation.workflows.passwords import Passwords
from moderation.workflows.sites import Credentials, add_site
from tests.fakes import FakeClock, FakeScorer
from tests.postgres import PostgresServer, database_of, open_server
from tests.postgres_programs import NoPostgres, absence_is_a_failure, find_ground

BOTH_DATABASES = ["sqlite", "postgresql"]

# The first example may load a library or compile an expression; how long that takes on a busy machine is no promise.
hypothesis_settings.register_profile("without a deadline", deadline=None)
hypothesis_settings.load_profile("without a deadline")

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 << 30


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the choice between what may run side by side and what promises seconds; see `tests/__main__.py`."""
    parser.addoption("--part", choices=("together", "alone"), help="only what is not, or what is, marked `alone`")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves out files of which nothing is in the part of those that run alone, which are most, without importing
    them."""
    if config.getoption("--part") != "alone" or not collection_path.name.startswith("test_"):
        return None
    return "pytest.mark.alone" not in collection_path.read_text(encoding="utf-8") or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests of the other part."""
    part = config.getoption("--part")
    if part is not None:
        parts: dict[str, list[pytest.Item]] = {"together": [], "alone": []}
        for item in items:
            parts["alone" if item.get_closest_marker("alone") else "together"].append(item)
        items[:] = parts.pop(part)
        for others in parts.values():
            config.hook.pytest_deselected(items=others)


def pytest_configure() -> None:
    """Puts temporary files into memory where there is room, unless TMPDIR says where.

    Some 3,000 databases are made and dropped in a run: on a disk that others use as well, writing them back has stopped
    every process for seconds.
    """
    if "TMPDIR" not in os.environ and _can_hold_the_tests(_MEMORY):
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # asked for anew


def _can_hold_the_tests(folder: Path) -> bool:
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    return shutil.disk_usage(folder).free >= _ROOM_BYTES and not os.statvfs(folder).f_flag & os.ST_NOEXEC


@pytest.fixture(autouse=True)
def applications_are_let_go() -> Iterator[None]:
    """aiohttp remembers a thousand applications for their middlewares: two gigabytes, and seconds for each collection
    of garbage, in which nothing is answered."""
    yield
    if (web_app := sys.modules.get("aiohttp.web_app")) is not None:
        web_app._cached_build_middleware.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def what_stays_is_not_looked_at_again() -> Iterator[None]:
    """Has the collector of garbage leave alone what outlives a module: modules, compiled statements, pytest's own
    reports. Else it looks through millions of objects, and nothing is answered for a second."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL, shared by all tests of this run."""
    try:
        ground = find_ground(os.environ)
    except NoPostgres as missing:
        if absence_is_a_failure(os.environ):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    with open_server(ground) as server:
        yield server


@pytest.fixture(params=BOTH_DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url


@pytest.fixture(params=BOTH_DATABASES)
def migrated_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without rows and with all tables, once on SQLite and once on PostgreSQL."""
    with copy_of(request.getfixturevalue(f"{request.param}_template"), request, tmp_path) as url:
        yield url


@contextmanager
def copy_of(template: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Gives the URL of a copy of a SQLite file or of a PostgreSQL database, whichever the test is for."""
    if request.param == "sqlite":
        copy_sqlite(Path(template), folder / "moderation.db")
        yield sqlite_url(folder)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database(template) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a migrated SQLite file, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    migrate(sqlite_url(folder))
    return str(folder / "moderation.db")


@pytest.fixture(scope="session")
def postgresql_template(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a migrated PostgreSQL database, to be copied."""
    with postgres_server.database() as url:
        migrate(url)
        yield database_of(url)


def migrate(url: str) -> None:
    """Brings a database to the newest revision."""
    # Late, so that tests without a database do not wait for SQLAlchemy and Alembic.
    from moderation.storage.migrations import upgrade

    upgrade(url)


def sqlite_url(folder: Path) -> str:
    """Returns the URL of the SQLite file in a folder; the file need not exist."""
    return f"sqlite+aiosqlite:///{folder / 'moderation.db'}"


def copy_sqlite(source: Path, target: Path) -> None:
    """Copies a SQLite database with what its write-ahead log still holds."""
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        original.backup(copy)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until a test moves it."""
    return FakeClock()


@pytest.fixture
def settings(migrated_database_url: str, tmp_path: Path) -> Settings:
    """The settings of a service on a fresh database, once on SQLite and once on PostgreSQL."""
    return Settings(
        database_url=migrated_database_url, data_dir=tmp_path / "var", secret_keys=("k" * 43,), audit_sample=0.0
    )


@pytest.fixture
async def house(settings: Settings, clock: FakeClock) -> AsyncIterator[House]:
    """An open store and vault."""
    from tests.compiled import compile_once  # late: it knows SQLAlchemy

    async with open_house(settings, now=clock) as house:
        compile_once(house.database)
        yield house


@pytest.fixture
async def service(house: House) -> AsyncIterator[Service]:
    """A service without background work, with a scorer that knows three phrases (see `tests/fakes.py`)."""
    cheap = Passwords(PasswordHasher.from_parameters(CHEAPEST))
    service = Service(house, scorer=FakeScorer(), passwords=cheap)
    yield service
    await service.submissions.close()


@pytest.fixture
async def credentials(house: House) -> Credentials:
    """The keys of the site `daily-planet`."""
    return await add_site(
        "daily-planet",
        "https://planet.example.com",
        open_work=house.database.open_work,
        vault=house.vault,
        now=house.now(),
    )


@pytest.fixture
async def known(service: Service, credentials: Credentials) -> KnownSite:
    """The site `daily-planet` as the service knows it."""
    known = await service.directory.find(credentials.site)
    assert known is not None
    return known


@pytest.fixture
async def server(service: Service) -> AsyncIterator[RunningServer]:
    """The service behind a real socket."""
    async with await start_server(service_app(service), host="127.0.0.1", port=0) as server:
        yield server


@pytest.fixture
async def client(server: RunningServer) -> AsyncIterator[ClientSession]:
    """An HTTP client whose paths begin at the server."""
    async with ClientSession(f"http://127.0.0.1:{server.port}") as session:
        yield session
