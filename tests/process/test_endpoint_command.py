"""`moderation endpoint`, as somebody at the machine uses it."""

from __future__ import annotations

import json

from tests.process.commands import obeyed, refused
from tests.process.places import Place

URL = "https://planet.example.com/hook"


def test_an_endpoint_is_added_listed_and_switched_off_and_its_secret_is_shown_once(sqlite_place: Place) -> None:
    environ = sqlite_place.environ
    sqlite_place.add_site("daily-planet")

    made = json.loads(obeyed("endpoint", "add", "daily-planet", URL, "--json", environ=environ))
    obeyed("endpoint", "disable", made["endpoint"], environ=environ)
    listed = json.loads(obeyed("endpoint", "list", "--json", environ=environ))

    assert made["webhook_secret"].startswith("whsec_")
    assert (listed["id"], listed["site"], listed["url"], listed["off"]) == (
        made["endpoint"], "daily-planet", URL, "by_hand",
    )  # fmt: skip
    assert "model.promoted" not in listed["events"]
    assert made["webhook_secret"] not in json.dumps(listed)
    [[sealed]] = sqlite_place.query("SELECT secret_sealed FROM endpoints")
    assert made["webhook_secret"].encode() not in sealed

    obeyed("endpoint", "enable", made["endpoint"], environ=environ)
    assert obeyed("endpoint", "replay", made["endpoint"], "--since", "2026-01-01", environ=environ).startswith("0 ")
    rotated = json.loads(obeyed("endpoint", "rotate", made["endpoint"], "--json", environ=environ))
    assert rotated["webhook_secret"] != made["webhook_secret"]
    obeyed("keys", "rotate", environ=environ)
    assert obeyed("endpoint", "log", made["endpoint"], environ=environ) == ""


def test_what_is_wrong_is_told_in_one_line(sqlite_place: Place) -> None:
    environ = sqlite_place.environ
    sqlite_place.add_site("daily-planet")
    nobody = "00000000-0000-0000-0000-000000000000"

    for arguments in (
        ("add", "gazette", URL),
        ("add", "daily-planet", "http://planet.example.com/"),
        ("add", "daily-planet", "https://169.254.169.254/"),
        ("add", "daily-planet", URL, "--events", "comment.loved"),
        ("disable", nobody),
        ("replay", nobody),
        ("replay", "msg_" + "0" * 32),
    ):
        assert refused("endpoint", *arguments, environ=environ).startswith("moderation: ")
