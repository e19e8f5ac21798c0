"""Old comments go through the same workflow as new ones, and a file with bad lines does not stop for them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process.commands import obeyed, refused, run
from tests.process.places import Place, locked, on_sqlite
from tests.process.sending import real_texts

pytestmark = pytest.mark.slow

GOOD = 700  # more than is under way at once
WITHOUT_SCORE = {"MODERATION_AUDIT_SAMPLE": "0"}

# Each bad line with a word of what is said about it.
BAD_LINES = {
    '{"text": "broken"': "not valid JSON",
    "[]": "object",
    '{"external_id": "x-1"}': "text: ",
    '{"external_id": "x-2", "text": "  "}': "text: ",
    '{"external_id": "x-3", "text": "a\\u0000b"}': "text: ",
    '{"external_id": "x-4", "text": "half a pair \\ud800"}': "text: ",
    '{"external_id": "x-5", "text": "x", "author": {"email": "nobody"}}': "author.email: ",
    '{"external_id": "x-6", "text": "x", "author": "Ana"}': "author: ",
    '{"external_id": "x-7", "text": "x", "text": "y"}': "",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place on SQLite with a site, where nothing serves."""
    with on_sqlite(tmp_path_factory.mktemp("replay")) as place:
        place.add_site("first-site")
        yield place


def write(folder: Path, lines: list[str]) -> Path:
    """Returns a file of these lines."""
    file = folder / "comments.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def replayed(file: Path, place: Place, site: str = "first-site") -> tuple[dict[str, float], list[str]]:
    """Returns the counts of a replay that must succeed, and what it said on standard error."""
    done = run("replay", file, "--site", site, "--json", environ=place.environ | WITHOUT_SCORE)
    assert done.returncode == 0, done.stderr
    counts: dict[str, float] = json.loads(done.stdout)
    return counts, done.stderr.splitlines()


def test_good_lines_are_stored_and_bad_ones_are_named_by_number(place: Place, tmp_path: Path) -> None:
    texts = real_texts()[:GOOD]
    good = [json.dumps({"external_id": f"r-{number}", "text": text}) for number, text in enumerate(texts)]
    lines = [*good[:10], "", *BAD_LINES, *good[10:], good[3]]
    file = write(tmp_path, lines)

    counts, said = replayed(file, place)
    again, said_again = replayed(file, place)

    stored = counts["approved"] + counts["pending"] + counts["rejected"]
    assert (stored, counts["known"], counts["total"]) == (GOOD, 1, GOOD + 1 + len(BAD_LINES))
    assert sorted(name for name, _ in place.stored()) == sorted(f"r-{number}" for number in range(GOOD))
    assert (again["known"], again["total"]) == (GOOD + 1, counts["total"])
    assert said_again == said
    assert [line.split(": ", 1)[0] for line in said] == [f"line {n}" for n in range(12, 12 + len(BAD_LINES))]
    assert [part for part, line in zip(BAD_LINES.values(), said, strict=True) if part not in line] == []
    assert counts["per_second"] > 0


def test_lines_without_ids_are_known_by_their_place_in_the_file(place: Place, tmp_path: Path) -> None:
    keys = place.add_site("other-site")
    file = write(tmp_path, ['{"text": "The same words."}', '{"text": "The same words."}', '{"text": "Others."}'])

    counts, _ = replayed(file, place, keys.site)
    again, _ = replayed(file, place, keys.site)

    assert counts["total"] == 3
    assert again["known"] == 3


def test_people_get_a_table_and_no_progress_bar_in_a_pipe(place: Place, tmp_path: Path) -> None:
    file = write(tmp_path, ['{"external_id": "t-1", "text": "Thank you, this explains a lot."}', "bad"])

    done = run("replay", file, "--site", "first-site", environ=place.environ | WITHOUT_SCORE)

    rows = dict(line.split()[:2] for line in done.stdout.splitlines())
    assert rows == {"approved": "1", "pending": "0", "rejected": "0", "malformed": "1", "total": "2"}
    assert done.stderr.splitlines() == ["line 2: The body is not valid JSON."]


def on_a_terminal(*arguments: str | Path, environ: dict[str, str]) -> tuple[str, str]:
    """Runs a command whose standard error is a terminal; returns its standard output, and what the terminal got."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        done = subprocess.run(
            [sys.executable, "-m", "moderation", *arguments],
            env=environ, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True, timeout=60,
        )  # fmt: skip
        os.close(theirs)
        return done.stdout, terminal.read(65536).decode()


def test_a_terminal_gets_a_progress_bar(place: Place, tmp_path: Path) -> None:
    file = write(tmp_path, ['{"external_id": "p-1", "text": "Thank you, this explains a lot."}'])

    printed, shown = on_a_terminal("replay", file, "--site", "first-site", "--json", environ=place.environ)

    assert "Replaying" in shown
    assert "100%" in shown
    assert json.loads(printed)["total"] == 1


@pytest.mark.parametrize("command", [["replay", "--site", "first-site"], ["evaluate"]], ids=lambda call: call[0])
def test_a_complaint_has_a_line_of_its_own_on_a_terminal(command: list[str], place: Place, tmp_path: Path) -> None:
    good = '{"external_id": "q-1", "text": "Thank you, this explains a lot.", "label": "ham"}'
    file = write(tmp_path, [good, "bad", "bad"])

    _, shown = on_a_terminal(*command, file, environ=place.environ)

    # What is left of a line after the terminal has emptied it for the last time.
    left = [line.strip("\r").rpartition("\x1b[K")[2] for line in shown.split("\n")]
    assert len([line for line in left if line.startswith(("line 2: ", "line 3: "))]) == 2


def test_a_site_that_is_not_there_is_one_line(place: Place, tmp_path: Path) -> None:
    file = write(tmp_path, ['{"text": "x"}'])

    assert "There is no such site" in refused("replay", file, "--site", "nowhere", environ=place.environ)


def test_a_file_that_is_not_there_is_wrong_usage(place: Place, tmp_path: Path) -> None:
    done = run("replay", tmp_path / "none.jsonl", "--site", "first-site", environ=place.environ)

    assert (done.returncode, done.stdout) == (2, "")
    assert "none.jsonl" in done.stderr


def test_a_replay_works_beside_a_running_service(tmp_path: Path) -> None:
    with on_sqlite(tmp_path / "place") as place:
        serving = place.serve(AUDIT_SAMPLE="0")
        serving.until_ready()
        lines = [
            json.dumps({"external_id": f"r-{number}", "text": text}) for number, text in enumerate(real_texts()[:100])
        ]

        counts = json.loads(
            obeyed("replay", write(tmp_path, lines), "--site", place.keys.site, "--json", environ=place.environ)
        )
        body = {"article": {"id": "a"}, "author": {"name": "Ana", "email": "ana@example.org"}, "text": "Thank you."}
        headers = {"authorization": f"Bearer {place.keys.api_key}", "idempotency-key": "mine"}
        status, _ = serving.post(f"/v1/sites/{place.keys.site}/comments", body, **headers)

        assert status == 201
        assert counts["total"] == 100
        assert len(place.stored()) == 101


# The same command, which gives up at once instead of after a minute.
_IMPATIENT = "from moderation.cli import main, replaying; replaying._WAITS = (); main()"


def test_a_replay_that_gives_up_fails_and_says_how_to_go_on(place: Place, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    replaying = subprocess.Popen(
        [sys.executable, "-c", _IMPATIENT, "replay", pipe, "--site", "first-site", "--json"],
        env=place.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    # A pipe opens when somebody reads it: then the replay has begun, and the store can be locked.
    with pipe.open("w", encoding="utf-8") as lines, locked(place):
        lines.write('{"external_id": "g-1", "text": "x"}\nbad\n{"external_id": "g-2", "text": "x"}\n')
        lines.close()
        printed, said = replaying.communicate(timeout=60)

    assert replaying.returncode == 1
    assert json.loads(printed) | {"not_taken": 2, "malformed": 1, "total": 3} == json.loads(printed)
    # The log of the upkeep, which wants to write too, stands between them.
    bad, last = [line for line in said.splitlines() if line.startswith(("line ", "moderation: "))]
    assert bad.startswith("line 2: ")
    # Why, is told by whoever lost patience first: the store or the one who waits for it.
    assert re.match(
        r"moderation: 2 lines were not taken, the first is line 1: "
        r"(The database does not answer|There was no answer in time)",
        last,
    )
    assert "run the same command again" in last
