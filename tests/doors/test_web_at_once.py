"""A request that has come whole is begun without a handler, and nobody can tell by the answer."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web

from moderation import errors, metrics
from moderation.web.admission import ADMISSION, Admission
from moderation.web.body import read_body
from moderation.web.limits import HttpLimits
from moderation.web.ready import JsonAnswer
from moderation.web.server import RunningServer, start_server
from moderation.web.whole import Promise, Whole
from tests.doors.web_toys import QUICK, a_line, a_request, a_route, a_toy_app, ask, the_log, until

pytestmark = pytest.mark.alone

WANTED = a_request("POST", "/comments", b"[1]")


@dataclass
class Desk:
    """Where requests that were begun at once wait for what the test says."""

    begun: list[Whole] = field(default_factory=list)
    outcomes: list[asyncio.Future[Any]] = field(default_factory=list)

    def begin(self, _app: web.Application, given: Whole) -> Promise | None:
        if given.body == b"unusual":
            return None
        if given.body == b"mistake at once":
            raise RuntimeError
        self.begun.append(given)
        self.outcomes.append(asyncio.get_running_loop().create_future())
        return Promise(self.outcomes[-1], lambda body: (201, body))

    async def waits_for(self, count: int) -> None:
        await until(lambda: len(self.outcomes) == count)


async def _in_the_ordinary_way(request: web.Request) -> web.Response:
    body = await read_body(request)
    if body == b"mistake":
        raise RuntimeError
    if body == b"refused":
        raise errors.Flood(limit=10, window=60, retry_after=42)
    return JsonAnswer(body, status=201)


@asynccontextmanager
async def a_door(limits: HttpLimits = QUICK) -> AsyncIterator[tuple[RunningServer, Desk, Admission]]:
    desk = Desk()
    app = a_toy_app(more_routes=(a_route("/comments", _in_the_ordinary_way, comments=1, at_once=desk.begin),))
    app[ADMISSION] = admission = Admission(at_least=5, at_most=5)
    async with await start_server(app, host="127.0.0.1", port=0, limits=limits) as server:
        yield server, desk, admission


async def test_it_is_answered_when_its_outcome_is_known_and_the_connection_goes_on() -> None:
    async with a_door() as (server, desk, admission), a_line(server) as line:
        for number in range(3):
            await line.send(WANTED)
            await desk.waits_for(number + 1)
            assert (desk.begun[-1].path, desk.begun[-1].body, admission.in_work) == ("/comments", b"[1]", 1)
            desk.outcomes[-1].set_result(b"{}")

            reply = await line.reply()
            assert (reply.status, reply.body, admission.in_work) == (201, b"{}", 0)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"{}", b"{}"),
        (b"refused", errors.Flood(limit=10, window=60, retry_after=42)),
        (b"mistake", RuntimeError()),
    ],
)
async def test_its_answer_is_that_of_the_ordinary_way(body: bytes, outcome: bytes | Exception) -> None:
    async with a_door() as (server, desk, _), a_line(server) as line:
        await line.send(a_request("POST", "/comments", body))
        await desk.waits_for(1)
        if isinstance(outcome, Exception):
            desk.outcomes[0].set_exception(outcome)
        else:
            desk.outcomes[0].set_result(outcome)
        quick = await line.reply()
        await line.send(a_request("POST", "/comments", body, Content_Encoding="identity"))
        ordinary = await line.reply()

    assert len(desk.begun) == 1
    assert (quick.status, quick.body) == (ordinary.status, ordinary.body)
    for reply in (quick, ordinary):
        assert len(reply.headers.pop("x-request-id")) == 16
        reply.headers.pop("date")
    assert quick.headers == ordinary.headers


async def test_what_went_wrong_is_logged_under_the_id_that_the_caller_is_told() -> None:
    with the_log() as lines:
        async with a_door() as (server, desk, _), a_line(server) as line:
            await line.send(WANTED)
            await desk.waits_for(1)
            desk.outcomes[0].set_exception(RuntimeError())
            told = (await line.reply()).headers["x-request-id"]

    logged = {each["event"]: each for each in map(json.loads, lines.getvalue().splitlines())}
    assert logged["unexpected_error"]["request_id"] == logged["request"]["request_id"] == told


async def test_an_outcome_that_is_cancelled_by_others_is_a_mistake_of_ours() -> None:
    async with a_door() as (server, desk, admission), a_line(server) as line:
        await line.send(WANTED)
        await desk.waits_for(1)
        desk.outcomes[0].cancel()

        assert (await line.reply()).status == 500
        assert admission.in_work == 0


@pytest.mark.parametrize(
    "head",
    [
        b"POST /comments HTTP/1.0\r\nHost: toys\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /comments HTTP/1.1\r\nHost: toys\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /comments HTTP/1.1\r\nHost: toys\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /comments HTTP/1.1\r\nHost: toys\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /comments HTTP/1.1\r\nHost: toys\r\n\r\n",
        a_request("POST", "/comments", b"unusual"),
        a_request("POST", "/comments", b"mistake at once"),
        a_request("POST", "/comments", b"x" * 70_000),
    ],
)
async def test_whatever_is_unusual_goes_the_ordinary_way(head: bytes) -> None:
    async with a_door() as (server, desk, admission), a_line(server) as line:
        await line.send(head)
        assert (await line.reply()).status in {100, 201, 413}

    assert desk.begun == []
    assert admission.in_work == 0


async def test_its_seconds_are_those_of_checking_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = metrics.HTTP_REQUEST_SECONDS.labels("/comments")
    before = measured._sum.get()
    begin = Desk.begin

    def begin_slowly(desk: Desk, app: web.Application, given: Whole) -> Promise | None:
        time.sleep(0.05)
        return begin(desk, app, given)

    monkeypatch.setattr(Desk, "begin", begin_slowly)
    async with a_door() as (server, desk, _), a_line(server) as line:
        await line.send(WANTED)
        await desk.waits_for(1)
        desk.outcomes[0].set_result(b"{}")
        await line.reply()

    assert measured._sum.get() - before >= 0.05


async def test_what_comes_in_two_pieces_goes_the_ordinary_way() -> None:
    async with a_door() as (server, desk, _), a_line(server) as line:
        await line.send(WANTED[:-1])
        await until(lambda: bool(server._runner.server and server._runner.server.requests_count))
        await line.send(WANTED[-1:])

        assert (await line.reply()).body == b"[1]"
    assert desk.begun == []


async def test_who_does_not_wait_for_the_answer_is_answered_in_order() -> None:
    async with a_door() as (server, desk, _), a_line(server) as line:
        await line.send(WANTED)
        await desk.waits_for(1)
        await line.send(a_request("GET", "/healthz"), WANTED)
        assert (await ask(server, "GET", "/healthz")).status == 200  # meanwhile others are heard
        desk.outcomes[0].set_result(b"first")

        assert (await line.reply()).body == b"first"
        assert [(await line.reply()).status for _ in range(2)] == [200, 201]


async def test_a_caller_who_leaves_takes_what_he_brought_with_him() -> None:
    left = metrics.HTTP_REQUESTS.labels("/comments", "POST", "499")
    before = left._value.get()
    async with a_door() as (server, desk, admission):
        async with a_line(server) as line:
            await line.send(WANTED)
            await desk.waits_for(1)
        await until(lambda: admission.in_work == 0)

    assert desk.outcomes[0].cancelled()
    assert left._value.get() == before + 1


@pytest.mark.parametrize("failed", [False, True])
async def test_an_outcome_that_comes_while_the_connection_ends_is_for_nobody(failed: bool) -> None:
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    async with a_door() as (server, desk, admission), a_line(server) as line:
        await line.send(WANTED)
        await desk.waits_for(1)
        assert server._runner.server is not None
        [connection] = server._runner.server.connections
        if failed:
            desk.outcomes.pop().set_exception(RuntimeError("what a reader has said"))
        else:
            desk.outcomes.pop().set_result(b"{}")
        connection.force_close()  # as when the time to stop is over; that it has ended is told in the next turn

        await until(lambda: admission.in_work == 0)
        assert await line.rest() == b""
    gc.collect()
    assert unseen == []


async def test_stopping_waits_for_it_and_its_answer_ends_the_connection() -> None:
    async with a_door() as (server, desk, _), a_line(server) as line:
        await line.send(WANTED)
        await desk.waits_for(1)
        stopping = asyncio.create_task(server.stop())
        async with a_line_refused(server):
            assert not stopping.done()
        desk.outcomes[0].set_result(b"{}")

        reply = await line.reply()
        assert (reply.status, reply.headers["connection"]) == (201, "close")
        assert await line.rest() == b""
        async with asyncio.timeout(5):
            await stopping


@asynccontextmanager
async def a_line_refused(server: RunningServer) -> AsyncIterator[None]:
    """Waits until the server takes no connections any more, so that it has begun to stop."""
    for _ in range(1000):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        except ConnectionError:
            break
        writer.close()
    else:
        raise AssertionError("The server goes on taking connections.")
    yield


async def test_stopping_cuts_it_when_it_does_not_end() -> None:
    async with a_door(replace(QUICK, stop_seconds=0.3)) as (server, desk, admission), a_line(server) as line:
        await line.send(WANTED)
        await desk.waits_for(1)
        async with asyncio.timeout(5):
            await server.stop()

        assert await line.rest() == b""
        assert (admission.in_work, desk.outcomes[0].cancelled()) == (0, True)


async def test_a_connection_is_not_idle_while_it_is_answered() -> None:
    async with a_door(replace(QUICK, idle_seconds=0.2)) as (server, desk, _), a_line(server) as line:
        await line.send(WANTED)
        await desk.waits_for(1)
        assert server._runner.server is not None
        [connection] = server._runner.server.connections
        connection._next_keepalive_close_time = 0.0
        connection._process_keepalive()
        desk.outcomes[0].set_result(b"{}")

        assert (await line.reply()).status == 201
        assert await line.rest() == b""  # idle now, and closed in its time
