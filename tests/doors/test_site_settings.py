"""Administrators set a site: nobody's change is overwritten, and what a change would do is seen before."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.domain import Role
from moderation.wiring import Service
from moderation.workflows.sites import rotate_site
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import Answer, SiteSystem
from tests.fakes import DOUBT, SPAM
from tests.makers import a_payload

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def root(service: Service, site: SiteSystem) -> Desk:
    return await a_desk(service, site, role=Role.ADMIN, name="root")


@pytest.fixture
def path(site: SiteSystem) -> str:
    return f"/v1/sites/{site.slug}/settings"


async def version_of(desk: Desk, path: str) -> int:
    version: int = (await desk.ask("GET", path)).json["version"]
    return version


async def change(desk: Desk, path: str, **settings: object) -> Answer:
    return await desk.ask("PATCH", path, {"version": await version_of(desk, path), "settings": settings})


async def test_all_settings_are_told_with_their_defaults(root: Desk, path: str) -> None:
    told = (await root.ask("GET", path)).json["settings"]

    assert told["flood_count"]["value"] == 0
    assert (told["flood_count"]["default"], told["flood_count"]["own"]) == (10, True)
    assert (told["max_links"]["value"], told["max_links"]["own"]) == (3, False)
    assert all(setting["description"] for setting in told.values())


async def test_a_change_holds_for_the_next_comment_and_null_goes_back_to_the_default(
    site: SiteSystem, root: Desk, path: str
) -> None:
    changed = await change(root, path, blocked_words=["pills"], moderation="pre")

    assert changed.status == 200
    assert changed.json["settings"]["blocked_words"] == {
        **changed.json["settings"]["blocked_words"],
        "value": ["pills"],
        "own": True,
    }
    back = await change(root, path, moderation=None)
    assert (back.json["settings"]["moderation"]["value"], back.json["settings"]["moderation"]["own"]) == ("auto", False)


async def test_two_administrators_do_not_overwrite_each_other(service: Service, root: Desk, path: str) -> None:
    seen = await version_of(root, path)
    assert (await root.ask("PATCH", path, {"version": seen, "settings": {"max_links": 5}})).status == 200

    late = await root.ask("PATCH", path, {"version": seen, "settings": {"max_links": 9}})

    assert late.verdict == (409, "settings_changed")
    assert (await root.ask("GET", path)).json["settings"]["max_links"]["value"] == 5
    house = service.house
    await rotate_site(root.site.slug, open_work=service.open_work, vault=house.vault, now=house.now())
    assert await version_of(root, path) > seen + 1


async def test_who_has_changed_what_is_in_the_audit_trail_without_a_copy_of_the_words(root: Desk, path: str) -> None:
    await change(root, path, blocked_words=["unlikely-word", "b"], max_links=7)
    await change(root, path, max_links=7)  # as it was: nothing to tell

    told = (await root.ask("GET", f"/v1/sites/{root.site.slug}/audit?person=root&kind=site")).json["items"]

    assert [entry["details"] for entry in told] == [
        {"blocked_words": {"was": None, "now": 2}, "max_links": {"was": None, "now": 7}}
    ]
    assert "unlikely" not in str(told)


async def test_all_that_is_wrong_is_told_at_once_and_nothing_is_changed(root: Desk, path: str) -> None:
    wrong = await change(root, path, max_links=-1, moderation="later", nonsense=1, blocked_words=["ok", "*"])
    crossed = await change(root, path, approve_below=0.99)

    assert wrong.wrong_fields == {
        "settings.max_links": "out_of_range",
        "settings.moderation": "invalid",
        "settings.nonsense": "unknown",
        "settings.blocked_words.1": "invalid",
    }
    assert crossed.wrong_fields == {"settings.approve_below": "invalid"}
    assert (await root.ask("PATCH", path, {"settings": {}})).wrong_fields == {"version": "required"}
    assert (await root.ask("GET", path)).json["settings"]["max_links"]["value"] == 3


@pytest.mark.parametrize("word", [b"a\\u0000b", b"\\ud800"])
async def test_a_word_that_cannot_be_kept_is_refused_and_the_settings_stay_readable(
    root: Desk, path: str, word: bytes
) -> None:
    version = await version_of(root, path)

    refused = await root.ask("PATCH", path, b'{"version": %d, "settings": {"blocked_words": ["%s"]}}' % (version, word))

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "settings.blocked_words.0")
    assert (await root.ask("GET", path)).status == 200


async def test_settings_are_for_administrators_of_the_site(
    service: Service, root: Desk, path: str, other_site: SiteSystem
) -> None:
    kim = await a_desk(service, root.site, name="kim")
    stranger = await a_desk(service, other_site, role=Role.ADMIN, name="stranger")

    for method, at in (("GET", path), ("PATCH", path), ("POST", f"{path}/preview"), ("POST", f"{path}/try")):
        assert (await kim.ask(method, at)).verdict == (403, "forbidden")
        assert (await stranger.ask(method, at, {"version": 0, "settings": {}})).verdict == (404, "not_found")


async def preview(desk: Desk, path: str, **settings: object) -> dict[str, Any]:
    answer = await desk.ask("POST", f"{path}/preview", {"settings": settings})
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json
    return told


@pytest.fixture
async def some_comments(site: SiteSystem) -> None:
    """Three clean comments, two in doubt and one of spam."""
    for number in range(3):
        await site.post(a_payload(external_id=f"fine-{number}"))
    for number in range(2):
        await held(site, f"doubt-{number}", text=DOUBT)
    await site.post(a_payload(external_id="spam", text=f"Please {SPAM}."))


async def test_a_preview_tells_what_would_change(root: Desk, path: str, some_comments: None) -> None:
    told = await preview(root, path, approve_below=0.7, blocked_words=["remark"])

    assert (told["tried"], told["changed"]) == (6, 5)
    assert {(move["now"], move["then"]): move["count"] for move in told["moves"]} == {
        ("approved", "rejected"): 3,  # each of them says "remark"
        ("pending", "approved"): 2,
        ("rejected", "rejected"): 1,
    }
    assert [sample["external_id"] for sample in told["samples"]] == ["doubt-1", "doubt-0", "fine-2", "fine-1", "fine-0"]
    assert told["samples"][0]["then_reason"] == "clean"
    assert told["samples"][2]["then_reason"] == "blocked_word"


async def test_a_preview_of_the_present_settings_changes_nothing_and_stores_nothing(
    root: Desk, path: str, some_comments: None
) -> None:
    before = await version_of(root, path)
    item = await root.find("doubt-0")
    await root.decide(item["id"], "rejected", "spam")  # what people decide is no matter of settings

    told = await preview(root, path)

    assert (told["tried"], told["changed"], told["samples"]) == (6, 0, [])
    assert await version_of(root, path) == before


async def test_a_text_is_tried_out(root: Desk, path: str) -> None:
    await change(root, path, suspect_words=["casino*", "free money"], blocked_words=["pills"])

    met = (await root.ask("POST", f"{path}/try", {"text": "FREE  money at the casinos, see https://a.example"})).json
    proposed = {"text": "Cheap pills", "settings": {"blocked_words": ["cheap", "pills", "x"]}}
    blocked = (await root.ask("POST", f"{path}/try", proposed)).json
    nothing = (await root.ask("POST", f"{path}/try", {"text": "A fine day."})).json

    assert (met["suspect"], met["blocked"], met["links"]) == (["casino*", "free money"], [], 1)
    assert (met["status"], met["reason"], met["score"]) == ("pending", "suspect_word", 0.02)
    assert (blocked["blocked"], blocked["status"], blocked["reason"]) == (
        ["cheap", "pills"],
        "rejected",
        "blocked_word",
    )
    assert (nothing["suspect"], nothing["reason"]) == ([], "clean")
    assert (await root.ask("POST", f"{path}/try", {"text": ""})).wrong_fields == {"text": "required"}


async def test_long_word_lists_are_taken_from_administrators(root: Desk, path: str) -> None:
    words = [f"forbidden word number {number}" for number in range(10_000)]

    assert (await change(root, path, blocked_words=words)).status == 200
    assert (await change(root, path, blocked_words=[*words, "one more"])).wrong_fields == {
        "settings.blocked_words": "too_many"
    }
