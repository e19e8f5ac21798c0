"""The one tag under an article: what it is made of, how long browsers keep it, and that it is all in one version."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from moderation.readers import embed
from moderation.readers.texts import texts_in
from tests.doors.site_system import SiteSystem

SOURCES = sorted((Path(embed.__file__).parent / "embed").glob("*.js"))


async def test_a_page_of_any_origin_may_load_it_and_asks_each_time_whether_it_is_the_newest(site: SiteSystem) -> None:
    answer = await site.ask("GET", "/embed.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    again = await site.ask("GET", "/embed.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


async def test_its_modules_are_of_one_version_and_kept_for_good(site: SiteSystem) -> None:
    waiting, seen, versions = ["/embed.js"], set(), set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = await site.ask("GET", path)
        assert answer.status == 200, path
        assert path == "/embed.js" or "immutable" in answer.headers["Cache-Control"]
        for name, version in re.findall(r'from "\./(?:embed/)?([a-z]+\.js)\?v=([0-9a-f]{16})"', answer.body.decode()):
            versions.add(version)
            waiting += {f"/embed/{name}?v={version}"} - seen
    assert len(versions) == 1
    assert {path.split("?")[0].rsplit("/")[-1] for path in seen} == {path.name for path in SOURCES} | {"texts.js"}


async def test_nothing_else_lies_there(site: SiteSystem) -> None:
    for name in ("embed.js", "embed.py", "..%2Fembed.py", "nothing.js", "%00"):
        assert (await site.ask("GET", f"/embed/{name}")).status == 404


async def test_its_texts_are_those_of_the_catalogue(site: SiteSystem) -> None:
    body = (await site.ask("GET", "/embed/texts.js")).body.decode()
    texts = json.loads(body.removeprefix("export const TEXTS = ").removesuffix(";\n"))
    assert texts["de"]["form.note"] == texts_in("de")("form.note")


def test_every_text_that_it_asks_for_is_there() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    sections = "form|sent|faults|thread"
    asked = set(re.findall(rf'"((?:{sections})\.[a-z_]+)"', source))
    assert asked
    assert all(key in texts_in("en") for key in asked)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_it_reads_no_markup_sets_no_cookie_and_names_no_other_host(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|\beval\b|Function\(|cookie\b(?!s)|https?://"
    )
    assert re.findall(forbidden, re.sub(r"(?m)(^|\s)//.*", "", source)) == []
    assert len(source.splitlines()) <= 300
