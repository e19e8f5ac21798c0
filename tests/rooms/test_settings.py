"""What the operator sets is checked together; what is wrong is named, and never repeated."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from moderation.errors import BadKeys, WrongUse
from moderation.settings import PREFIX, Settings, read_settings, unread_variables
from moderation.workflows.key_file import KEY_FILE, secret_keys
from tests.storage.drills import in_processes

KEY = "k" * 43
POSTGRES = "postgresql://someone:hunter2@db.example.org/comments"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own settings."""

    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def set_all(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(PREFIX + name, value)


def test_without_any_variable_there_is_an_embedded_service_on_this_machine_only() -> None:
    settings = read_settings()

    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 1)
    assert settings.embedded
    assert settings.store_url == "sqlite+aiosqlite:///var/moderation.db"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("sqlite:////srv/x.db", "sqlite+aiosqlite:////srv/x.db"),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h:5433/d?sslmode=require", "postgresql+psycopg://u:p@h:5433/d?sslmode=require"),
        ("postgresql+psycopg://u:p%40x@h/d", "postgresql+psycopg://u:p%40x@h/d"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
    ],
)
def test_a_url_of_any_driver_gets_ours(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    set_all(monkeypatch, DATABASE_URL=given, SECRET_KEYS=KEY)

    settings = read_settings()

    assert (settings.store_url, settings.embedded) == (used, used.startswith("sqlite"))


def test_every_wrong_variable_is_named_at_once_and_no_value_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "PORT": "99999",
        "WORKERS": "zero-workers",
        "LOG_FORMAT": "xml-please",
        "APPROVE_BELOW": "1.75",
        "AUDIT_SAMPLE": "nan",
        "SECRET_KEYS": "short-secret",
        "SECRET_KEYS_FILE": "/no/such/key-file",
        "DATABASE_URL": "mysql://someone:hunter2@db/comments",
        "METRICS_TOKEN": "brief-token",
    }
    set_all(monkeypatch, **wrong)

    with pytest.raises(WrongUse) as caught:
        read_settings()

    message = str(caught.value)
    assert [name for name in wrong if f"{PREFIX}{name}:" not in message] == []
    assert [value for value in wrong.values() if value != "nan" and value in message] == []
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"DATABASE_URL": POSTGRES}, ["SECRET_KEYS"]),
        ({"DATABASE_URL": POSTGRES, "PORT": "x"}, ["PORT", "SECRET_KEYS"]),
        ({"APPROVE_BELOW": "0.9", "REJECT_ABOVE": "0.5"}, ["APPROVE_BELOW"]),
        ({"APPROVE_BELOW": "0.9", "REJECT_ABOVE": "0.5", "DATABASE_URL": POSTGRES}, ["APPROVE_BELOW", "SECRET_KEYS"]),
        ({"SECRET_KEYS_FILE": "/no/such/file", "DATABASE_URL": POSTGRES}, ["SECRET_KEYS_FILE"]),
    ],
)
def test_what_does_not_go_together_is_named_beside_what_is_wrong_alone(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: list[str]
) -> None:
    set_all(monkeypatch, **variables)

    with pytest.raises(WrongUse) as caught:
        read_settings()

    assert [name for name in named if PREFIX + name not in str(caught.value)] == []
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("by", ["SECRET_KEYS", "SECRET_KEYS_FILE"])
def test_postgresql_with_keys_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by: str) -> None:
    (tmp_path / "keys").write_text(f"{KEY}\n\n  {'l' * 43}\n", encoding="ascii")
    set_all(monkeypatch, DATABASE_URL=POSTGRES, **{by: KEY if by == "SECRET_KEYS" else str(tmp_path / "keys")})

    assert next(iter(secret_keys(read_settings()))) == KEY


def test_keys_are_read_newest_first_and_empty_parts_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, SECRET_KEYS=f" {'n' * 43} ,,{'o' * 43},")

    assert read_settings().secret_keys == ("n" * 43, "o" * 43)


@pytest.mark.parametrize("content", ["short\n", f"{KEY}\nshort\n", "", "\n\n", "ключ" * 11])
def test_a_key_file_without_good_keys_is_refused_and_not_repeated(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys").write_text(content, encoding="utf-8")

    with pytest.raises((WrongUse, BadKeys)) as caught:
        secret_keys(read_settings(secret_keys_file=tmp_path / "keys"))

    assert "short" not in str(caught.value)
    assert str(caught.value)


def test_no_secret_shows_when_settings_are_printed() -> None:
    settings = Settings(database_url=POSTGRES, secret_keys=(KEY,), metrics_token="a-token-of-some-length")

    printed = repr(settings) + str(settings)

    assert not any(secret in printed for secret in (KEY, "hunter2", "a-token-of-some-length"))


def test_proxies_are_networks_or_the_start_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1")
    assert read_settings().trusted_proxies == ("10.0.0.0/8", "2001:db8::1/128")

    monkeypatch.setenv("MODERATION_TRUSTED_PROXIES", "10.0.0.0/8,proxy.internal")
    with pytest.raises(WrongUse, match="MODERATION_TRUSTED_PROXIES: needs addresses or networks"):
        read_settings()


def test_a_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")

    first, second = secret_keys(settings), secret_keys(settings)

    path = tmp_path / "var" / KEY_FILE
    assert list(first) == list(second)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [KEY_FILE]


def make_keys(folder: str) -> None:
    """Runs in a process of its own; notes the key that it got."""

    [key] = secret_keys(Settings(data_dir=Path(folder) / "var"))
    (Path(folder) / f"got-{os.getpid()}").write_text(key, encoding="ascii")


def test_several_first_starts_at_once_end_with_one_key_file(tmp_path: Path) -> None:
    exit_codes = in_processes(make_keys, str(tmp_path), count=4)

    got = {path.read_text(encoding="ascii") for path in tmp_path.glob("got-*")}
    assert exit_codes == [0] * 4
    assert got == {(tmp_path / "var" / KEY_FILE).read_text(encoding="ascii").strip()}
    assert [entry.name for entry in (tmp_path / "var").iterdir()] == [KEY_FILE]


def test_what_a_crashed_first_start_left_behind_does_not_stop_the_next_one(tmp_path: Path) -> None:

    folder = tmp_path / "var"
    folder.mkdir()
    # In a container every process has the same few numbers.
    (folder / f"{KEY_FILE}.{os.getpid()}").write_text("half a k", encoding="ascii")

    [key] = secret_keys(Settings(data_dir=folder))

    assert len(key) == 43


@pytest.mark.parametrize(
    ("name", "remarks"),
    [
        ("MODERATION_PORT", []),
        ("PATH", []),
        ("MODERATION_PROT", ["MODERATION_PROT is no setting of ours; is it misspelt?"]),
        ("MODERATION_SECRETKEYS", ["MODERATION_SECRETKEYS is no setting of ours; is it misspelt?"]),
        ("MODERATION_REDIS_URL", []),
    ],
)
def test_a_variable_that_nothing_reads_is_misspelt(name: str, remarks: list[str]) -> None:
    assert unread_variables({name: "a-value"}) == remarks


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, PORT="1234")

    assert (read_settings().port, read_settings(port=0).port) == (1234, 0)
