"""Places in which services are started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BOTH_DATABASES
from tests.process.places import Place, on_postgresql, on_sqlite


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Iterator[Place]:
    """An empty folder; the first start makes the rest."""
    with on_sqlite(tmp_path) as place:
        yield place


@pytest.fixture
def postgresql_place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """An empty PostgreSQL database with all tables."""
    with on_postgresql(tmp_path, request.getfixturevalue("postgres_server")) as place:
        yield place


@pytest.fixture(params=BOTH_DATABASES)
def place(request: pytest.FixtureRequest) -> Place:
    """A place, once on SQLite and once on PostgreSQL."""
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found
