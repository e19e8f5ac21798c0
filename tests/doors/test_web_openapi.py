"""The document says what the service does, in valid OpenAPI, and the page shows all of it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from openapi_spec_validator import OpenAPIV31SpecValidator

from moderation.web.docs import prose, render_docs
from moderation.web.openapi import DOCUMENT
from moderation.web.problems import meanings
from moderation.web.templating import pages_in
from tests.doors.web_toys import a_toy_app, ask, toy_server


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return a_toy_app()[DOCUMENT].content


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert document["openapi"] == "3.1.1"


async def test_the_document_is_served() -> None:
    async with toy_server() as server:
        reply = await ask(server, "GET", "/openapi.json")
    assert reply.headers["content-type"] == "application/json"
    assert json.loads(reply.body)["info"]["title"] == "Toys"


def test_routes_for_people_are_left_out_and_all_others_are_in(document: dict[str, Any]) -> None:
    assert {"/healthz", "/readyz", "/metrics", "/openapi.json", "/echo"} <= set(document["paths"])
    assert not {"/page", "/docs", "/problems/{code}"} & set(document["paths"])


def test_an_operation_tells_its_access_its_body_and_all_its_problems(document: dict[str, Any]) -> None:
    operation = document["paths"]["/json/{site}/{id}"]["post"]
    assert operation["security"] == [{"webhookId": [], "webhookTimestamp": [], "webhookSignature": []}]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Toy"}
    assert {"201", "400", "401", "404", "408", "409", "413", "415", "422", "429", "503", "default"} == set(
        operation["responses"]
    )
    conflict = operation["responses"]["409"]["content"]["application/problem+json"]
    assert set(conflict["examples"]) == {"duplicate_comment", "id_reused"}
    assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= set(operation["responses"]["429"]["headers"])
    assert [parameter["required"] for parameter in operation["parameters"]] == [True, True, False]


def test_readiness_can_be_a_503_that_is_no_problem(document: dict[str, Any]) -> None:
    assert set(document["paths"]["/readyz"]["get"]["responses"]["503"]["content"]) == {"application/json"}


class _Outline(HTMLParser):
    """Collects what a reader with a screen reader goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        for name, value in attrs:
            assert not name.startswith("on"), "no script, so no handlers either"
            assert name != "style", "the security policy forbids inline styles"
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and value and value.startswith("#"):
                self.targets.append(value[1:])


def test_the_page_can_be_walked_by_landmarks_headings_and_links(document: dict[str, Any]) -> None:
    outline = _Outline()
    outline.feed(render_docs(document))
    assert {"header", "nav", "main"} <= set(outline.tags)
    assert not {"script", "style"} & set(outline.tags)
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.targets) <= set(outline.ids)


async def test_the_page_shows_every_operation_and_escapes_what_it_shows() -> None:
    async with toy_server() as server:
        reply = await ask(server, "GET", "/docs")
        css = await ask(server, "GET", "/docs/docs.css")
    page = reply.body.decode()
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "/json/{site}/{id}" in page
    assert "<b>&</b>" not in page
    assert "&lt;b&gt;&amp;" in page
    assert (css.status, css.headers["content-type"]) == (200, "text/css")
    assert css.headers["cache-control"] == "public, max-age=3600"


def test_a_name_that_is_missing_in_a_page_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("{{ there }}{{ missing }}")
    page = pages_in(tmp_path).get_template("page.txt")
    with pytest.raises(UndefinedError):
        page.render(there="here")
    assert page.render(there="<b>", missing="&") == "&lt;b&gt;&amp;"


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("text", ["ink", "quiet", "link"])
@pytest.mark.parametrize("ground", ["paper", "sheet"])
async def test_text_stands_out_from_its_ground_by_day_and_by_night(text: str, ground: str) -> None:
    async with toy_server() as server:
        css = (await ask(server, "GET", "/docs/docs.css")).body.decode()
    colours = {name: (day, night) for name, day, night in re.findall(r"--(\w+): light-dark\((#\w+), (#\w+)\)", css)}
    for front, back in zip(colours[text], colours[ground], strict=True):
        darker, lighter = sorted((_luminance(front), _luminance(back)))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


async def test_every_problem_has_a_page() -> None:
    async with toy_server() as server:
        for code, (status, _) in meanings().items():
            reply = await ask(server, "GET", f"/problems/{code}")
            assert reply.status == 200
            assert f"<b>{status}</b> {code}" in reply.body.decode()
        assert (await ask(server, "GET", "/problems/no_such_code")).problem["code"] == "not_found"


def test_what_a_description_puts_between_backticks_is_code_and_the_rest_is_text() -> None:
    assert prose("a `b` <i>c</i> `<d>`") == "a <code>b</code> &lt;i&gt;c&lt;/i&gt; <code>&lt;d&gt;</code>"
