"""Whatever stands on the command line or in the environment, a command that cannot obey says why in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BOTH_DATABASES
from tests.process.commands import environment, refused, run
from tests.process.places import Place, on_postgresql, on_sqlite

pytestmark = pytest.mark.slow

NO_TEXT = "a\udcff"  # the byte FF, as Python gives it to us
TOO_LONG = "a" * 300


@pytest.fixture(scope="module", params=BOTH_DATABASES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place with the site `daily-planet`, once on SQLite and once on PostgreSQL."""
    folder = tmp_path_factory.mktemp("odd")
    if request.param == "sqlite":
        opened = on_sqlite(folder)
    else:
        opened = on_postgresql(folder, request.getfixturevalue("postgres_server"))
    with opened as place:
        place.add_site("daily-planet")
        yield place


@pytest.mark.parametrize(
    ("call", "status", "said"),
    [
        (["site", "add", "gazette", "--url", f"https://gazette.example/{NO_TEXT}"], 1, "https://"),
        (["site", "add", NO_TEXT, "--url", "https://gazette.example"], 1, "small letters"),
        (["site", "set", "daily-planet", f"blocked_words={NO_TEXT}"], 1, "blocked_words"),
        (["site", "set", NO_TEXT, "max_links=1"], 2, "no text in UTF-8"),
        (["site", "rotate", NO_TEXT], 2, "no text in UTF-8"),
        (["moderator", "token", NO_TEXT], 2, "no text in UTF-8"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else None,
)
def test_an_argument_that_is_no_text_is_refused_in_one_line(
    place: Place, call: list[str], status: int, said: str
) -> None:
    assert said in refused(*call, environ=place.environ, status=status)


@pytest.mark.parametrize("user", ["anabel:hunter2@", "anabel@", ":hunter2@"])
def test_a_sites_url_holds_no_password_and_none_is_repeated(place: Place, user: str) -> None:
    said = refused("site", "add", "gazette", "--url", f"https://{user}gazette.example", environ=place.environ)

    assert "password" in said
    assert "hunter2" not in said
    assert "anabel" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEYS", "k" * 20 + "\udcff"),
        ("SECRET_KEYS", "ü" * 20),
        ("HOST", TOO_LONG),
        ("HOST", "two..dots"),
        ("DATABASE_URL", f"postgresql://ana:hunter2@{TOO_LONG}/comments"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_not_repeated(tmp_path: Path, name: str, value: str) -> None:
    environ = environment(tmp_path, **{"SECRET_KEYS": "k" * 43, name: value})

    said = refused("serve", "--port", "0", environ=environ)

    assert f"MODERATION_{name}: " in said
    assert value not in said
    assert "hunter2" not in said


def test_the_host_on_the_command_line_is_checked_like_the_setting(tmp_path: Path) -> None:
    assert "HOST" in refused("serve", "--port", "0", "--host", TOO_LONG, environ=environment(tmp_path))


def test_a_file_that_is_no_database_is_called_so_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letters.txt"
    file.write_text("Letters to the editor. " * 50, encoding="ascii")
    environ = environment(tmp_path, DATABASE_URL=f"sqlite:///{file}")

    for call in (["site", "list"], ["migrate"], ["serve", "--port", "0"]):
        assert refused(*call, environ=environ) == f"moderation: {file} is not a SQLite database."
    scored = run("score", "Thank you, this explains a lot.", environ=environ)

    assert scored.returncode == 0
    assert "the bundled classifier" in scored.stderr
    assert file.read_text(encoding="ascii") == "Letters to the editor. " * 50


def test_a_file_to_replay_may_have_any_name(tmp_path: Path) -> None:
    with on_sqlite(tmp_path / "place") as place:
        place.add_site("daily-planet")
        for name in (b"two\nlines.jsonl", b"caf\xe9.jsonl"):
            file = os.fsencode(tmp_path) + b"/" + name
            Path(os.fsdecode(file)).write_text('{"text": "The same words."}\n', encoding="utf-8")
            subprocess.run(
                [sys.executable, "-m", "moderation", "replay", file, "--site", "daily-planet"],
                env=place.environ, check=True, timeout=60,
            )  # fmt: skip

        assert len(place.stored()) == 2
