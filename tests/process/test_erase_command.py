"""`moderation erase`, as somebody at the machine uses it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.process.commands import obeyed, refused, run
from tests.process.places import Place


def test_a_person_is_erased_by_an_address_that_is_typed_or_piped(sqlite_place: Place, tmp_path: Path) -> None:
    environ = sqlite_place.environ
    sqlite_place.add_site("daily-planet")
    file = tmp_path / "comments.jsonl"
    lines = [
        {
            "external_id": f"c-{n}",
            "text": f"Remark number {n}",
            "author": {"name": "Ana", "email": f"{who}@example.org"},
        }
        for n, who in enumerate(("ana", "ana", "bo"))
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    obeyed("replay", file, "--site", "daily-planet", environ=environ)

    done = json.loads(
        obeyed("erase", "-", "--site", "daily-planet", "--json", environ=environ, stdin="ANA@example.org\n")
    )
    assert done == {"erased": 2, "notices": 0}
    # Room that an earlier run has erased and did not come to clean.
    with closing(sqlite3.connect(sqlite_place.folder / "var" / "moderation.db")) as connection:
        connection.execute("CREATE TABLE left_over (words)")
        connection.execute("DROP TABLE left_over")
        connection.commit()
    assert sqlite_place.query("PRAGMA freelist_count") != [(0,)]
    assert obeyed("erase", "ana@example.org", "--site", "daily-planet", environ=environ).startswith(
        "Comments erased: 0."
    )
    assert sqlite_place.query("PRAGMA freelist_count") == [(0,)]
    assert sqlite_place.query("SELECT external_id FROM comments") == [("c-2",)]

    assert "gazette" in refused("erase", "ana@example.org", "--site", "gazette", environ=environ)
    wrong = run("erase", "very.private@", "--site", "daily-planet", environ=environ)
    assert wrong.returncode == 2
    assert "very.private" not in wrong.stdout + wrong.stderr
