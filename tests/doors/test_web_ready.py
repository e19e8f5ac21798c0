"""An answer that is written in one piece says what the same answer says in several."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from moderation.web.ready import JsonAnswer
from moderation.web.server import RunningServer, start_server
from tests.doors.web_toys import QUICK, a_line, a_request, a_route, a_toy_app, ask

pytestmark = pytest.mark.alone

BODY = b'{"id": 7}'


async def _ready(request: web.Request) -> web.Response:
    return JsonAnswer(BODY, status=201)


async def _ordinary(request: web.Request) -> web.Response:
    return web.Response(body=BODY, status=201, content_type="application/json", charset="utf-8")


async def _changed(request: web.Request) -> web.Response:
    answer = JsonAnswer(BODY)
    answer.headers["Cache-Control"] = "public"
    answer.set_cookie("a", "b")
    return answer


@asynccontextmanager
async def a_server() -> AsyncIterator[RunningServer]:
    routes = (a_route("/ready", _ready), a_route("/ordinary", _ordinary), a_route("/changed", _changed))
    app = a_toy_app(more_routes=routes)
    async with await start_server(app, host="127.0.0.1", port=0, limits=QUICK) as server:
        yield server


@pytest.mark.parametrize("headers", [{}, {"Connection": "close"}])
async def test_it_has_the_status_the_headers_and_the_body_of_an_ordinary_answer(headers: dict[str, str]) -> None:
    async with a_server() as server:
        ready = await ask(server, "POST", "/ready", b"{}", **headers)
        ordinary = await ask(server, "POST", "/ordinary", b"{}", **headers)

    assert (ready.status, ready.body) == (ordinary.status, ordinary.body) == (201, BODY)
    own = ("x-request-id", "date")
    assert {name: value for name, value in ready.headers.items() if name not in own} == {
        name: value for name, value in ordinary.headers.items() if name not in own
    }
    assert all(ready.headers[name] for name in own)


async def test_what_a_handler_adds_is_sent() -> None:
    async with a_server() as server:
        reply = await ask(server, "POST", "/changed", b"{}")

    assert (reply.status, reply.headers["cache-control"]) == (200, "public")
    assert reply.headers["set-cookie"].startswith("a=b")


async def test_an_old_client_gets_it_in_its_own_way() -> None:
    async with a_server() as server, a_line(server) as line:
        await line.send(b"POST /ready HTTP/1.0\r\nHost: toys\r\nContent-Length: 2\r\n\r\n{}")

        assert (await line.rest()).startswith(b"HTTP/1.0 201 Created\r\n")


async def test_several_in_a_row_come_in_order_on_one_connection() -> None:
    async with a_server() as server, a_line(server) as line:
        await line.send(*[a_request("POST", "/ready", b"{}"), a_request("POST", "/ordinary", b"{}")] * 3)

        assert [(await line.reply()).body for _ in range(6)] == [BODY] * 6
