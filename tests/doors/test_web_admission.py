"""A request too many is refused before it is heard, and nobody else notices."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from moderation import metrics
from moderation.web import refusals
from moderation.web.admission import ADMISSION, Admission
from moderation.web.body import read_body
from moderation.web.connections import Server
from moderation.web.limits import HttpLimits
from moderation.web.server import RunningServer, start_server
from tests.doors.web_toys import GATE, QUICK, Gate, Line, Reply, a_line, a_request, a_route, a_toy_app, ask, until

pytestmark = pytest.mark.alone

BODY = b"x" * 300
WANTED = a_request("POST", "/comments", BODY)


async def _comment(request: web.Request) -> web.Response:
    body = await read_body(request)
    request.app[GATE].entered.set()
    await request.app[GATE].opened.wait()
    return web.Response(status=201, body=body)


@asynccontextmanager
async def a_door(*, room: int = 1, limits: HttpLimits = QUICK) -> AsyncIterator[tuple[RunningServer, Gate, Admission]]:
    """Gives a server that lets so many in, who stay until the gate is opened."""
    app = a_toy_app(more_routes=(a_route("/comments", _comment, comments=1),))
    app[ADMISSION] = admission = Admission(at_least=room, at_most=room)
    async with await start_server(app, host="127.0.0.1", port=0, limits=limits) as server:
        try:
            yield server, app[GATE], admission
        finally:
            app[GATE].opened.set()


@asynccontextmanager
async def a_full_door(**more: Any) -> AsyncIterator[tuple[RunningServer, Gate, Admission]]:
    """Gives a server whose only place is taken until the gate is opened."""
    async with a_door(**more) as (server, gate, admission), a_line(server) as first:
        await first.send(WANTED)
        await gate.entered.wait()
        yield server, gate, admission
        gate.opened.set()
        assert (await first.reply()).status == 201


def is_refused(reply: Reply) -> bool:
    told = reply.problem
    assert (told["code"], reply.headers["retry-after"]) == ("overloaded", "1")
    return reply.status == 503


async def test_who_finds_no_room_is_refused_and_may_come_again_on_the_same_connection() -> None:
    async with a_full_door() as (server, gate, admission), a_line(server) as line:
        for _ in range(3):
            await line.send(WANTED)
            assert is_refused(await line.reply())

        gate.opened.set()
        await until(lambda: admission.is_open)
        await line.send(WANTED)
        assert (await line.reply()).body == BODY


async def test_everything_else_is_answered_as_ever() -> None:
    async with a_full_door() as (server, _, _):
        assert (await ask(server, "GET", "/healthz")).status == 200
        assert (await ask(server, "POST", "/echo", b"hello")).body == b"hello"
        assert (await ask(server, "GET", "/nothing")).status == 404


async def test_a_quick_refusal_carries_what_every_other_one_carries() -> None:
    async with a_full_door() as (server, _, _), a_line(server) as line:
        await line.send(WANTED)
        quick = await line.reply()
        slow = await ask(server, "GET", "/raise/overloaded")

    assert set(quick.headers) == set(slow.headers) - {"connection"}
    assert quick.headers["x-request-id"] != slow.headers["x-request-id"]
    assert set(quick.problem) == set(slow.problem)
    assert quick.problem["detail"] == slow.problem["detail"]


@pytest.mark.parametrize("closing", [b"Connection: close\r\n", b""])
async def test_a_connection_that_ends_with_its_answer_ends_with_a_refusal_too(closing: bytes) -> None:
    version = b"HTTP/1.1" if closing else b"HTTP/1.0"
    head = b"POST /comments %b\r\nHost: toys\r\n%bContent-Length: 2\r\n\r\n{}" % (version, closing)
    async with a_full_door() as (server, _, _), a_line(server) as line:
        await line.send(head)

        assert is_refused(reply := await line.reply())
        assert reply.headers["connection"] == "close"
        assert await line.rest() == b""


async def test_a_body_that_comes_after_its_head_is_thrown_away_and_the_connection_goes_on() -> None:
    async with a_full_door() as (server, _, _), a_line(server) as line:
        for _ in range(2):
            await line.send(WANTED[: -len(BODY)])
            assert is_refused(await line.reply())
            await line.send(BODY)

        await line.send(a_request("GET", "/healthz"))
        assert (await line.reply()).status == 200


async def test_who_asks_before_sending_a_body_sends_none() -> None:
    head = b"POST /comments HTTP/1.1\r\nHost: toys\r\nExpect: 100-continue\r\nContent-Length: 300\r\n\r\n"
    async with a_full_door() as (server, _, _), a_line(server) as line:
        await line.send(head)

        assert is_refused(await line.reply())


async def test_several_requests_in_one_piece_are_refused_in_their_order() -> None:
    async with a_full_door() as (server, _, _), a_line(server) as line:
        await line.send(WANTED, a_request("GET", "/healthz"), WANTED)

        assert is_refused(await line.reply())
        assert (await line.reply()).status == 200
        assert is_refused(await line.reply())


@pytest.fixture
def nobody_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits to be refused waits until something else happens."""
    monkeypatch.setattr(refusals, "_A_TICK", 0)


@pytest.mark.usefixtures("nobody_is_released")
@pytest.mark.parametrize(("behind", "status"), [(a_request("GET", "/healthz"), 200), (b"\0\0\r\n\r\n", 400)])
async def test_who_sends_more_while_he_waits_to_be_refused_is_answered_in_order(behind: bytes, status: int) -> None:
    async with a_full_door() as (server, _, _), a_line(server) as line:
        await line.send(WANTED)
        await until(lambda: waiting_in(server) == 1)
        await line.send(behind)

        assert is_refused(await line.reply())
        assert (await line.reply()).status == status


@pytest.mark.usefixtures("nobody_is_released")
async def test_who_waits_to_be_refused_is_refused_when_the_server_stops() -> None:
    async with a_full_door() as (server, gate, _), a_line(server) as line:
        await line.send(WANTED)
        await until(lambda: waiting_in(server) == 1)
        stopping = asyncio.create_task(server.stop())

        assert is_refused(await line.reply())
        assert await line.rest() == b""
        gate.opened.set()
        await stopping


def waiting_in(server: RunningServer) -> int:
    listening = server._runner.server
    assert isinstance(listening, Server)
    return len(listening.refusals._waiting)


async def test_many_are_refused_a_few_at_a_time_and_all_of_them_soon() -> None:
    async with a_full_door() as (server, _, _):
        lines = [Line(*await asyncio.open_connection("127.0.0.1", server.port)) for _ in range(200)]
        await asyncio.gather(*(line.send(WANTED) for line in lines))

        assert all([is_refused(await line.reply()) for line in lines])
        await asyncio.gather(*(line.close() for line in lines))


async def test_a_caller_who_leaves_while_he_waits_to_be_refused_takes_nothing_with_him() -> None:
    async with a_full_door() as (server, gate, admission):
        lines = [Line(*await asyncio.open_connection("127.0.0.1", server.port)) for _ in range(100)]
        for line in lines:
            await line.send(WANTED)
            line.abort()
        gate.opened.set()
        await until(lambda: admission.in_work == 0)

        assert (await ask(server, "POST", "/comments", BODY)).status == 201
        assert admission.in_work == 0


async def test_places_are_given_back_whatever_happens_to_a_request() -> None:
    async with a_door(room=5) as (server, gate, admission):
        gate.opened.set()
        async with a_line(server) as line:
            await line.send(a_request("POST", "/comments", b"x" * 70_000))
            assert (await line.reply()).status == 413
        async with a_line(server) as line:
            await line.send(WANTED[:-10])
        for _ in range(20):
            assert (await ask(server, "POST", "/comments", BODY)).status == 201

        await until(lambda: admission.in_work == 0)


async def test_refusals_are_counted_like_other_answers() -> None:
    counter = metrics.HTTP_REQUESTS.labels("/comments", "POST", "503")
    before = counter._value.get()
    async with a_full_door() as (server, _, _), a_line(server) as line:
        await line.send(WANTED)
        await line.reply()
        await line.send(WANTED[: -len(BODY)])
        await line.reply()

    assert counter._value.get() == before + 2


async def test_a_connection_above_the_limit_is_told_to_come_again() -> None:
    limits = replace(QUICK, max_connections=1, idle_seconds=60, head_seconds=60)
    async with a_door(limits=limits) as (server, gate, _), a_line(server) as first:
        await first.send(a_request("GET", "/healthz"))
        assert (await first.reply()).status == 200
        async with a_line(server) as second:
            await second.send(WANTED)

            assert is_refused(await second.reply())
            assert await second.rest() == b""
        gate.opened.set()


async def test_a_caller_who_leaves_while_what_he_brings_is_waiting_makes_room_at_once() -> None:
    left = metrics.HTTP_REQUESTS.labels("/comments", "POST", "499")
    before = left._value.get()
    async with a_door() as (server, gate, admission):
        async with a_line(server) as line:
            await line.send(WANTED)
            await gate.entered.wait()
        await until(lambda: admission.in_work == 0)

        assert not gate.opened.is_set()
        assert left._value.get() == before + 1


async def test_a_caller_who_leaves_before_his_request_is_begun_leaves_his_place() -> None:
    async with a_door() as (server, _, admission):
        listening = server._runner.server
        assert listening is not None
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        _, connection = await asyncio.get_running_loop().connect_accepted_socket(listening, ours)
        await until(lambda: connection._waiter is not None)

        connection.data_received(WANTED)
        assert admission.in_work == 1
        connection.connection_lost(None)

        assert admission.in_work == 0
        theirs.close()
