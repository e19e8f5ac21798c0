"""What the server promises about connections: it answers, or it closes; it never waits for ever."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace

import pytest

from moderation import metrics
from moderation.web.limits import HttpLimits
from moderation.web.server import start_server
from tests.doors.web_toys import (
    GATE,
    PATIENCE,
    QUICK,
    Gate,
    a_line,
    a_request,
    a_toy_app,
    ask,
    toy_server,
    until,
)

pytestmark = pytest.mark.alone

GET = a_request("GET", "/healthz")

# A busy machine is slow to notice; a limit that is not kept at all would show as PATIENCE, ten seconds.
SLACK = 3.0


@pytest.mark.parametrize(
    ("half", "status"),
    [
        (b"", None),
        (b"G", 408),
        (b"GET /healthz HT", 408),
        (b"GET /healthz HTTP/1.1\r\nHost: to", 408),
        (b"GET /healthz HTTP/1.1\r\nHost: toys\r\n", 408),
    ],
)
@pytest.mark.parametrize("kept_alive", [False, True])
async def test_a_head_that_is_never_finished_ends_the_connection(
    half: bytes, status: int | None, kept_alive: bool
) -> None:
    # Where the time for a head counts, the time between requests would be longer than the test has patience.
    limits = QUICK if kept_alive and not half else replace(QUICK, idle_seconds=60)
    async with toy_server(limits=limits) as server, a_line(server) as line:
        if kept_alive:
            await line.send(GET)
            assert (await line.reply()).status == 200
        started = time.monotonic()
        await line.send(half)

        if status is not None:
            reply = await line.reply()
            assert (reply.status, reply.problem["code"]) == (408, "request_timeout")
        assert await line.rest() == b""
        waited = time.monotonic() - started
        limit = QUICK.idle_seconds if kept_alive and not half else QUICK.head_seconds
        assert limit * 0.9 < waited < limit + SLACK


async def test_a_head_that_comes_drop_by_drop_has_no_more_time_than_one_that_stops() -> None:
    async with toy_server() as server, a_line(server) as line:
        started = time.monotonic()
        await line.send(b"GET /healthz HTTP/1.1\r\nHost: toys\r\nX-Drops: ")
        reply = asyncio.create_task(line.reply())

        while not reply.done():
            await line.send(b"x")
            await asyncio.sleep(0.05)

        assert (await reply).status == 408
        assert time.monotonic() - started < QUICK.head_seconds + SLACK


async def test_a_connection_without_a_next_request_is_closed_and_not_before_its_time() -> None:
    async with toy_server() as server, a_line(server) as line:
        started = time.monotonic()
        await line.send(GET)
        assert (await line.reply()).status == 200

        assert await line.rest() == b""
        assert QUICK.idle_seconds * 0.9 < time.monotonic() - started < QUICK.idle_seconds + SLACK


async def test_a_connection_may_be_idle_for_longer_than_a_head_may_take() -> None:
    async with toy_server(limits=replace(QUICK, idle_seconds=60)) as server, a_line(server) as idle:
        await idle.send(GET)
        assert (await idle.reply()).status == 200
        async with a_line(server) as later:
            await later.send(b"GET /healthz HT")
            assert (await later.reply()).status == 408  # so the time for a head is over for both

        await idle.send(GET)

        assert (await idle.reply()).status == 200


async def test_a_head_in_pieces_is_a_good_head() -> None:
    async with toy_server() as server, a_line(server) as line:
        for _ in range(3):
            for byte in GET:
                await line.send(bytes([byte]))
            assert (await line.reply()).status == 200


async def test_three_hundred_slow_connections_are_gone_and_others_are_served_meanwhile() -> None:
    async with toy_server() as server:
        slow = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", server.port) for _ in range(300)))
        for _, writer in slow:
            writer.write(b"POST /echo HTTP/1.1\r\nHost: toys\r\nX-")

        assert (await ask(server, "GET", "/healthz")).status == 200

        async with asyncio.timeout(10):
            answers = await asyncio.gather(*(reader.read() for reader, _ in slow))
        assert all(answer.startswith(b"HTTP/1.0 408 ") for answer in answers)
        for _, writer in slow:
            writer.close()


async def test_silent_connections_above_the_limit_are_closed_soon_and_room_is_given_back() -> None:
    refused = metrics.HTTP_REFUSED_CONNECTIONS._value.get()
    async with toy_server(limits=replace(QUICK, max_connections=2, idle_seconds=60, head_seconds=60)) as server:
        async with a_line(server) as first, a_line(server) as second:
            for line in (first, second):
                await line.send(GET)
                assert (await line.reply()).status == 200

            async with a_line(server) as third:
                assert await third.rest() == b""
            assert metrics.HTTP_REFUSED_CONNECTIONS._value.get() == refused + 1

        connections = server._runner.server
        assert connections is not None
        await until(lambda: not connections.connections)
        assert (await ask(server, "GET", "/healthz")).status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nHost: toys\r\nX-Long: " + b"a" * 9_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: toys\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: toys\r\n" + b"X-Many: 1\r\n" * 70 + b"\r\n",
    ],
)
async def test_a_head_is_bounded_in_its_lines_and_their_number(head: bytes) -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(head)
        assert (await line.reply()).problem["code"] == "malformed"
        assert await line.rest() == b""


async def test_a_head_that_grows_is_bounded_in_all() -> None:
    async with toy_server(limits=replace(QUICK, head_seconds=60, max_fields=10_000)) as server, a_line(server) as line:
        await line.send(b"GET /healthz HTTP/1.1\r\nHost: toys\r\n")
        reply = asyncio.create_task(line.reply())

        while not reply.done():
            await line.send(b"X-More: ", b"a" * 1_000, b"\r\n")
            await asyncio.sleep(0.001)

        assert (await reply).problem["code"] == "too_large"


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(a_request("GET", "/large"))
        await line._reader.readexactly(1)  # the answer has begun
        line._writer.transport.pause_reading()  # type: ignore[attr-defined]
        connections = server._runner.server
        assert connections is not None

        await until(lambda: not connections.connections)


async def test_requests_in_a_row_on_one_connection_are_answered_in_their_order() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(*(a_request("POST", "/echo", b"%d" % n) for n in range(50)))
        assert [(await line.reply()).body for _ in range(50)] == [b"%d" % n for n in range(50)]


async def test_stopping_waits_for_requests_in_flight_and_takes_no_new_ones() -> None:
    app = a_toy_app()
    server = await start_server(app, host="127.0.0.1", port=0, limits=QUICK)
    gate: Gate = app[GATE]
    async with a_line(server) as busy, a_line(server) as idle:
        await idle.send(GET)
        assert (await idle.reply()).status == 200
        await busy.send(a_request("POST", "/gate", b"in flight"))
        await gate.entered.wait()

        stopping = asyncio.create_task(server.stop())

        assert await idle.rest() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
        assert not stopping.done()
        gate.opened.set()
        reply = await busy.reply()
        assert (reply.status, reply.body, reply.headers["connection"]) == (200, b"in flight", "close")
        async with asyncio.timeout(5):
            await stopping


@pytest.mark.parametrize("turns", range(6))
async def test_who_comes_while_the_server_stops_is_not_left_waiting(turns: int) -> None:
    server = await start_server(a_toy_app(), host="127.0.0.1", port=0, limits=QUICK)
    with socket.socket() as caller:
        # The kernel has the connection at once; from there on the event loop takes it in several turns.
        caller.connect(("127.0.0.1", server.port))
        caller.setblocking(False)
        for _ in range(turns):
            await asyncio.sleep(0)

        await server.stop()

        async with asyncio.timeout(PATIENCE):
            assert await an_end(caller) == b""


async def an_end(caller: socket.socket) -> bytes:
    """Returns what is still said to a caller before the connection ends."""
    try:
        return await asyncio.get_running_loop().sock_recv(caller, 1000)
    except ConnectionResetError:
        return b""


async def test_a_body_that_is_on_its_way_when_the_server_stops_still_arrives() -> None:
    app = a_toy_app()
    server = await start_server(app, host="127.0.0.1", port=0, limits=replace(QUICK, body_seconds=5))
    gate: Gate = app[GATE]
    gate.opened.set()
    async with a_line(server) as line, a_line(server) as idle:
        await idle.send(GET)
        assert (await idle.reply()).status == 200
        await line.send(a_request("POST", "/gate", b"first ", Content_Length="12"))
        await gate.entered.wait()
        stopping = asyncio.create_task(server.stop())
        assert await idle.rest() == b""  # the server has begun to stop

        await line.send(b"second")

        assert (await line.reply()).body == b"first second"
        async with asyncio.timeout(5):
            await stopping


async def test_stopping_cuts_what_does_not_end() -> None:
    app = a_toy_app()
    server = await start_server(app, host="127.0.0.1", port=0, limits=replace(QUICK, stop_seconds=0.3))
    async with a_line(server) as line:
        await line.send(a_request("POST", "/gate", b"never answered"))
        await app[GATE].entered.wait()
        async with asyncio.timeout(5):
            await server.stop()
        assert await line.rest() == b""


async def test_a_draining_server_says_so_answers_and_asks_to_connect_elsewhere() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(GET)
        assert (await line.reply()).headers.get("connection") != "close"

        server.drain()

        await line.send(a_request("GET", "/readyz"))
        reply = await line.reply()
        assert (reply.status, reply.headers["connection"]) == (503, "close")
        assert await line.rest() == b""


async def test_a_taken_port_is_an_error_and_cleans_up() -> None:
    async with toy_server() as server:
        with pytest.raises(OSError):
            await start_server(a_toy_app(), host="127.0.0.1", port=server.port)


def test_the_limits_in_production_are_those_we_promise() -> None:
    limits = HttpLimits()
    assert limits.head_seconds <= 10
    assert limits.body_seconds <= 10
    assert limits.idle_seconds <= 75
    assert limits.max_connections <= 1_000
