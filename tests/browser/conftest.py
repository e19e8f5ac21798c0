"""A real service, and people at real browsers. One Chromium serves all tests, each of which has its own database."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from playwright.async_api import Browser, async_playwright, expect

from moderation.app import service_app
from moderation.bundled import bundled_folder
from moderation.scoring import Scorer, load_bundled
from moderation.settings import Settings
from moderation.web.server import start_server
from moderation.wiring import Service, open_house
from moderation.workflows.passwords import Passwords
from tests.browser.office import PATIENCE_SECONDS, Office
from tests.compiled import compile_once
from tests.conftest import copy_sqlite, sqlite_url
from tests.postgres_programs import absence_is_a_failure

# A browser beside other work takes its time; what is waited for comes or does not.
expect.set_options(timeout=PATIENCE_SECONDS * 1000)

# The shell is Chromium without windows, menus and profiles around a page, which are more than half of the work here.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets these tests share a loop: that of the browser that all of them use."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A real browser."""
    if CHROMIUM is None:
        missing = "There is no Chromium on this machine; on Debian: apt-get install chromium-headless-shell"
        pytest.fail(missing, pytrace=False) if absence_is_a_failure(os.environ) else pytest.skip(missing)
    # Chromium's own sandbox needs rights that containers seldom give.
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def scorer() -> Scorer:
    """The bundled classifier, whose reasons pages show."""
    return Scorer(load_bundled(bundled_folder("models")))


@pytest_asyncio.fixture(loop_scope="session")
async def service(sqlite_template: str, tmp_path: Path, scorer: Scorer) -> AsyncIterator[Service]:
    """A service on a fresh database, by the clock on the wall."""
    copy_sqlite(Path(sqlite_template), tmp_path / "moderation.db")
    settings = Settings(
        database_url=sqlite_url(tmp_path), data_dir=tmp_path / "var", secret_keys=("k" * 43,), audit_sample=0.0
    )
    async with open_house(settings) as house:
        compile_once(house.database)
        cheap = Passwords(PasswordHasher.from_parameters(CHEAPEST))
        service = Service(house, scorer=scorer, passwords=cheap)
        yield service
        await service.submissions.close()


@pytest_asyncio.fixture(loop_scope="session")
async def office(service: Service, chromium: Browser) -> AsyncIterator[Office]:
    """The site `daily-planet` and its newsroom."""
    async with await start_server(service_app(service), host="127.0.0.1", port=0) as server:
        office = Office(service, server, chromium)
        await office.open()
        yield office
        await office.close()
