"""What errors look like from outside, and what they do not say."""

from __future__ import annotations

import json

import pytest
from aiohttp import web

from moderation import errors, metrics
from moderation.web.openapi import _specimen
from moderation.web.problems import ProblemDict, error_classes, http_problem, meanings, problem, status_of
from tests.doors.web_toys import a_line, a_request, ask, the_log, toy_server

PROMISED = {
    "malformed": 400,
    "unauthenticated": 401,
    "bad_signature": 401,
    "stale_timestamp": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "duplicate_comment": 409,
    "id_reused": 409,
    "already_decided": 409,
    "comments_closed": 409,
    "gone": 410,
    "too_large": 413,
    "unsupported_media_type": 415,
    "invalid": 422,
    "flood": 429,
    "internal": 500,
    "overloaded": 503,
    "storage_unavailable": 503,
}


@pytest.mark.parametrize(("code", "status"), PROMISED.items())
def test_every_promised_code_has_its_status_and_a_sentence(code: str, status: int) -> None:
    assert meanings()[code][0] == status
    assert meanings()[code][1].endswith(".")


@pytest.mark.parametrize("kind", list(error_classes()), ids=lambda kind: kind.__name__)
def test_every_error_class_becomes_a_complete_problem(kind: type[errors.ModerationError]) -> None:
    told = problem(_specimen(kind))
    assert told["status"] == status_of(kind)
    assert told["type"] == f"/problems/{told['code']}"
    assert told["title"]
    assert told["detail"]
    assert (told["code"] == kind.code) == (told["status"] != 500)


def test_only_mistakes_of_ours_are_a_500() -> None:
    ours = {kind.code for kind in error_classes() if status_of(kind) == 500}
    of_commands = {"too_few_labels", "training_failed", "training_elsewhere", "gate_refused"}  # no door trains
    assert ours - of_commands == {"raced", "scorer_unavailable", "bad_artifact", "bad_keys", "wrong_use"}


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "malformed"), (401, "unauthenticated"), (418, "im_a_teapot"), (413, "too_large"), (499, "error")],
)
def test_any_http_status_has_a_code(status: int, code: str) -> None:
    assert http_problem(status)["code"] == code


async def test_all_wrong_fields_are_told_at_once() -> None:
    async with toy_server() as server:
        told = (await ask(server, "GET", "/raise/invalid")).problem
    assert told["errors"] == [
        {"field": "author.email", "code": "required", "message": "Missing."},
        {"field": "text", "code": "too_long", "message": "Too long."},
    ]
    assert set(told) == {"type", "title", "status", "detail", "code", "errors"}


@pytest.mark.parametrize(
    ("kind", "status", "headers"),
    [
        ("unauthenticated", 401, {"www-authenticate": "Bearer"}),
        ("bad_signature", 401, {"www-authenticate": "Bearer"}),
        ("flood", 429, {"retry-after": "42", "ratelimit-policy": '"flood";q=10;w=60', "ratelimit": '"flood";r=0;t=42'}),
        ("overloaded", 503, {"retry-after": "2"}),
        ("storage_unavailable", 503, {"retry-after": "5"}),
        ("already_decided", 409, {}),
        ("forbidden", 403, {}),
    ],
)
async def test_an_error_brings_the_headers_that_belong_to_it(kind: str, status: int, headers: dict[str, str]) -> None:
    async with toy_server() as server:
        reply = await ask(server, "GET", f"/raise/{kind}")
    assert (reply.status, reply.problem["code"]) == (status, kind)
    assert headers.items() <= reply.headers.items()


async def test_an_unknown_address_is_a_problem() -> None:
    async with toy_server() as server:
        reply = await ask(server, "GET", "/no/such/ana@example.org")
    assert (reply.status, reply.problem["code"]) == (404, "not_found")
    assert b"ana" not in reply.body


async def test_a_wrong_method_is_told_the_right_ones() -> None:
    async with toy_server() as server:
        reply = await ask(server, "DELETE", "/healthz")
        assert (reply.status, reply.problem["code"]) == (405, "method_not_allowed")
        assert set(reply.headers["allow"].split(",")) == {"GET", "HEAD"}


async def test_head_is_get_without_the_body() -> None:
    async with toy_server() as server:
        full, head = await ask(server, "GET", "/healthz"), await ask(server, "HEAD", "/healthz")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(full.body))
        assert (await ask(server, "HEAD", "/raise/not_found")).status == 404


async def test_a_refusal_of_aiohttp_loses_its_text() -> None:
    async with toy_server() as server:
        reply = await ask(server, "GET", "/raise/gone")
    assert (reply.status, reply.problem["code"]) == (410, "gone")
    assert b"who was it" not in reply.body


async def test_a_redirect_stays_a_redirect() -> None:
    async with toy_server() as server:
        reply = await ask(server, "GET", "/redirect")
    assert (reply.status, reply.headers["location"]) == (303, "/page")


@pytest.mark.parametrize("path", ["/mistake", "/raise/timeout", "/raise/connection", "/raise/bad_keys"])
async def test_a_mistake_of_ours_is_logged_once_and_told_to_nobody(path: str) -> None:
    counted = metrics.UNEXPECTED_ERRORS.labels("request")._value.get()
    with the_log() as logged:
        async with toy_server() as server, a_line(server) as line:
            await line.send(a_request("GET", f"{path}?name=Ana", From="ana@example.org"))
            reply = await line.reply()
            assert (reply.status, reply.problem["code"]) == (500, "internal")
            await line.send(a_request("GET", "/healthz"))  # the connection is still good
            assert (await line.reply()).status == 200
    events = [json.loads(line) for line in logged.getvalue().splitlines()]
    [mistake] = [event for event in events if event["event"] == "unexpected_error"]
    assert "web_toys.py" in mistake["exception"]
    assert mistake["request_id"] == reply.headers["x-request-id"]
    for private in ("Ana", "ana@", "example.org", "192.0.2.1", "name=", "None in"):
        assert private not in logged.getvalue()
        assert private.encode() not in reply.body
    assert metrics.UNEXPECTED_ERRORS.labels("request")._value.get() == counted + 1


async def test_an_answer_that_breaks_in_its_middle_ends_the_connection() -> None:
    with the_log() as logged:
        async with toy_server() as server, a_line(server) as line:
            await line.send(a_request("GET", "/half"))
            answer = await line.rest()
    assert answer.count(b"HTTP/1.1") == 1
    assert b"the first half" in answer
    assert not answer.endswith(b"0\r\n\r\n")  # whoever reads it can tell that it is not complete
    assert logged.getvalue().count("unexpected_error") == 1


async def test_a_part_for_people_shows_problems_its_own_way() -> None:
    async def page(_request: web.Request, told: ProblemDict) -> web.Response:
        return web.Response(text=f"<h1>{told['title']}</h1>", status=told["status"], content_type="text/html")

    async with toy_server(error_pages={"/raise/": page}) as server:
        reply = await ask(server, "GET", "/raise/unauthenticated")
        assert (reply.status, reply.body) == (401, b"<h1>Unauthenticated</h1>")
        assert reply.headers["www-authenticate"] == "Bearer"
        assert (await ask(server, "GET", "/nowhere")).problem["code"] == "not_found"
