"""The first minutes with the service: one command, what it prints, and what it says when it cannot start."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import stat
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from moderation.privacy import new_secret_key
from tests.process.commands import PATIENCE_SECONDS, environment, eventually, refused, status_of
from tests.process.places import Place, welcome

pytestmark = pytest.mark.slow


def printed_commands(stdout: str) -> list[str]:
    """Returns the shell commands in a greeting, each over as many lines as it has."""
    blocks = stdout.split("\n\n")
    return [block.strip() for block in blocks if block.strip().startswith("curl ")]


def link_in(printed: str) -> str:
    """Returns the link with which the first administrator is named."""
    (link,) = re.findall(r"http://\S+/console/link/\S+", printed)
    return str(link)


def obey(command: str) -> dict[str, object]:
    """Does what a printed `curl` says, by the shell where there is curl, and returns the JSON that it printed."""
    if shutil.which("curl"):
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, check=True)
        return dict(json.loads(done.stdout))
    _curl, _silent, url, *options = shlex.split(command)
    given = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in given if name == "-H")
    body = next((value.encode() for name, value in given if name == "-d"), None)
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        return dict(json.load(answer))


def test_the_generated_keys_are_for_their_owner_only(sqlite_place: Place) -> None:
    sqlite_place.serve().until_ready()

    data = sqlite_place.folder / "var"
    keys = data / "secret.keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert len(keys.read_text(encoding="ascii").split()) == 1
    assert not list(data.glob("secret.keys.*"))


def test_a_key_file_that_is_gone_is_asked_for_and_not_made_anew(sqlite_place: Place) -> None:
    first = sqlite_place.serve()
    first.until_ready()
    assert first.stop() == 0
    keys = sqlite_place.folder / "var" / "secret.keys"
    kept = keys.rename(keys.with_name("kept"))

    second = sqlite_place.serve()
    assert second.process.wait(PATIENCE_SECONDS) == 1
    assert f"put {keys} back" in second.stderr
    assert not keys.exists()

    kept.rename(keys)
    sqlite_place.serve().until_ready()


def test_a_site_is_made_and_shown_once_with_a_link_for_the_administrator(sqlite_place: Place) -> None:
    first = sqlite_place.serve()
    first.until_ready()
    assert first.stop() == 0
    second = sqlite_place.serve()
    second.until_ready()

    keys = welcome(first.stdout)
    assert keys is not None
    assert sqlite_place.query("SELECT slug FROM sites") == [(keys.site,)]
    assert sqlite_place.query("SELECT name FROM moderators") == []
    assert link_in(first.stdout).startswith(first.address)
    assert welcome(second.stdout) is None
    # Nobody has used the link, and it may be lost: there is another one in the one line that says so.
    assert link_in(second.stderr) != link_in(first.stdout)
    for secret in (keys.api_key, keys.webhook_secret):
        assert secret not in first.stderr + second.stdout + second.stderr


def test_the_printed_commands_post_a_comment_and_read_it_back(sqlite_place: Place) -> None:
    serving = sqlite_place.serve(AUDIT_SAMPLE="0")
    serving.until_ready()

    post, read = printed_commands(serving.stdout)
    receipt, published = obey(post), obey(read)

    assert (receipt["external_id"], receipt["status"], receipt["reason"]) == ("c-1", "approved", "clean")
    assert sqlite_place.stored() == [("c-1", receipt["id"])]
    assert [item["id"] for item in published["items"]] == [receipt["id"]]  # type: ignore[attr-defined]


def test_a_first_visitor_is_led_to_a_demonstration_on_their_own_machine_only(sqlite_place: Place) -> None:
    own = sqlite_place.serve()
    own.until_ready()
    assert f"Try it out, as a reader and as a moderator: {own.address}/demo/" in own.stdout.splitlines()
    assert status_of(f"{own.address}/demo/") == 200
    assert own.stop() == 0

    place = sqlite_place
    for serving in (place.serve(HOST="0.0.0.0"), place.serve(DEMO="off"), place.serve(TRUSTED_PROXIES="127.0.0.1")):
        serving.until_ready()
        assert status_of(f"{serving.address}/demo/") == 404
        assert "/demo/" not in serving.stdout


def test_whoever_waits_for_readiness_finds_the_keys_printed(sqlite_place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serving = sqlite_place.serve("--port", str(port))
    begin = time.monotonic()

    # Without a pause: the promise is about the very first answer that says ready.
    while status_of(f"http://127.0.0.1:{port}/readyz") != 200:
        assert time.monotonic() - begin < PATIENCE_SECONDS, serving.stderr

    assert welcome(serving.stdout) is not None


def test_a_site_without_moderators_is_pointed_out_in_one_line(sqlite_place: Place) -> None:
    site = sqlite_place.add_site("daily-planet").site
    serving = sqlite_place.serve(LOG_LEVEL="error")
    serving.until_ready()

    (line,) = serving.stderr.splitlines()
    assert f"moderation site rotate {site}" in line
    assert link_in(line).startswith(serving.address)
    assert "moderation moderator add" in line
    assert welcome(serving.stdout) is None


def test_two_first_starts_at_once_make_one_site_and_show_it_once(sqlite_place: Place) -> None:
    both = [sqlite_place.serve(), sqlite_place.serve()]

    for serving in both:
        serving.until_ready()

    assert len([serving for serving in both if welcome(serving.stdout)]) == 1
    assert len(sqlite_place.query("SELECT slug FROM sites")) == 1
    assert len(sqlite_place.query("SELECT digest FROM one_time_links")) >= 1


def test_it_listens_for_operators_where_it_is_told_to(sqlite_place: Place) -> None:
    serving = sqlite_place.serve(METRICS_PORT="0")
    serving.until_ready()

    (line,) = [line for line in serving.stdout.splitlines() if line.startswith("Metrics on ")]
    with urllib.request.urlopen(line.removeprefix("Metrics on "), timeout=10) as answer:
        assert b"moderation_" in answer.read()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_is_one_clear_line(workers: str, place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        serving = place.serve("--port", str(port), "--workers", workers, LOG_LEVEL="error")
        assert serving.process.wait(60) == 1

    said = [line for line in serving.stderr.splitlines() if "SQLite has one writer" not in line]
    assert said == [f"moderation: Port {port} of 127.0.0.1 is taken; choose another with --port or MODERATION_PORT."]
    # What is shown only once must not have been made: nobody has seen it.
    assert welcome(serving.stdout) is None
    assert place.query("SELECT slug FROM sites") == []


def test_every_wrong_setting_is_named_in_one_line(tmp_path: Path) -> None:
    wrong = {
        "PORT": "eighty",
        "WORKERS": "0",
        "APPROVE_BELOW": "3",
        "DATABASE_URL": "mysql://secret@host/name",
        "SECRET_KEYS": "too-short",
    }

    line = refused("serve", environ=environment(tmp_path / "var", **wrong))

    assert [name for name in wrong if f"MODERATION_{name}: " not in line] == []
    assert not [value for value in ("secret@host", "too-short") if value in line]
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/name"}, "SECRET_KEYS: required with PostgreSQL"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/name", "SECRET_KEYS": "k" * 43}, "The database does not answer"),
        ({"DATABASE_URL": "postgresql://host:port/name", "SECRET_KEYS": "k" * 43}, "MODERATION_DATABASE_URL: "),
        ({"DATABASE_URL": "sqlite:moderation.db"}, "MODERATION_DATABASE_URL: "),
        ({"SECRET_KEYS_FILE": "/no/such/file"}, "SECRET_KEYS_FILE: there is no such file"),
        ({"APPROVE_BELOW": "0.9", "REJECT_ABOVE": "0.1"}, "APPROVE_BELOW: must not be above REJECT_ABOVE"),
        ({"HOST": "no.such.host.invalid"}, "no.such.host.invalid"),
        ({"DATA_DIR": "/proc/none"}, "/proc/none"),
    ],
)
def test_what_keeps_it_from_starting_is_one_clear_line(settings: dict[str, str], part: str, tmp_path: Path) -> None:
    environ = environment(tmp_path / "var", LOG_LEVEL="error", PORT="0")
    environ |= {f"MODERATION_{name}": value for name, value in settings.items()}

    assert part in refused("serve", environ=environ, cwd=tmp_path)


def test_keys_that_do_not_open_the_database_are_one_clear_line(place: Place) -> None:
    first = place.serve()
    first.until_ready()
    assert first.stop() == 0

    stranger = {**place.environ, "MODERATION_SECRET_KEYS": new_secret_key(), "MODERATION_LOG_LEVEL": "error"}
    assert "SECRET_KEYS" in refused("serve", "--port", "0", environ=stranger)


def test_a_setting_that_nobody_reads_is_pointed_out(sqlite_place: Place) -> None:
    serving = sqlite_place.serve(WROKERS="3")

    eventually(lambda: status_of(f"{serving.address}/healthz") == 200, what="an answer")
    assert "moderation: MODERATION_WROKERS is no setting of ours; is it misspelt?" in serving.stderr.splitlines()
