"""What is read of a body, and what is refused before it is read."""

from __future__ import annotations

import asyncio
import gzip
import time
from dataclasses import replace

import pytest

from moderation.web.body import DEFAULT_MAX_BYTES
from moderation.web.server import start_server
from tests.doors.web_toys import GATE, QUICK, a_line, a_request, a_toy_app, ask, the_log, toy_server

pytestmark = pytest.mark.alone

BOMB = gzip.compress(b"\0" * 50_000_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "x-unknown", "identity, gzip", "GZIP"])
async def test_an_encoded_body_is_refused_before_it_is_read(coding: str) -> None:
    async with toy_server() as server:
        reply = await ask(server, "POST", "/echo", BOMB[:10_000], Content_Encoding=coding)
    assert (reply.status, reply.problem["code"]) == (415, "unsupported_media_type")


async def test_a_second_content_encoding_does_not_hide_behind_the_first() -> None:
    async with toy_server() as server, a_line(server) as line:
        head = b"POST /echo HTTP/1.1\r\nHost: toys\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\n"
        await line.send(head, b"Content-Length: 1\r\n\r\n1")
        assert (await line.reply()).status == 415


async def test_a_body_that_says_it_is_not_encoded_is_read() -> None:
    async with toy_server() as server:
        assert (await ask(server, "POST", "/echo", b"plain", Content_Encoding="identity")).body == b"plain"


async def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    async with toy_server() as server:
        assert (await ask(server, "POST", "/echo", b"x" * DEFAULT_MAX_BYTES)).body == b"x" * DEFAULT_MAX_BYTES
        reply = await ask(server, "POST", "/echo", b"x" * (DEFAULT_MAX_BYTES + 1))
    assert (reply.status, reply.problem["code"], reply.headers["connection"]) == (413, "too_large", "close")


async def test_a_declared_gigabyte_is_refused_before_it_is_sent_and_the_connection_ends() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(a_request("POST", "/echo", Content_Length="5000000000"))
        assert (await line.reply()).status == 413
        assert await line.rest() == b""


async def test_who_asks_before_sending_too_much_is_not_invited() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(a_request("POST", "/echo", Content_Length="5000000000", Expect="100-continue"))
        reply = await line.reply()
    assert (reply.status, reply.problem["code"]) == (413, "too_large")


async def test_who_asks_before_sending_is_invited_once_and_answered() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(a_request("POST", "/echo", Content_Length="5", Expect="100-continue"))
        assert (await line.reply()).status == 100
        await line.send(b"hello")
        assert (await line.reply()).body == b"hello"


async def test_an_expectation_that_cannot_be_met_is_not_repeated_in_the_answer() -> None:
    async with toy_server() as server:
        reply = await ask(server, "POST", "/nowhere", Expect="ana@example.org")
    assert reply.problem["code"] == "expectation_failed"
    assert b"ana@" not in reply.body


async def test_chunks_without_an_end_are_cut_at_the_limit() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(a_request("POST", "/echo", Transfer_Encoding="chunked"))
        reply = asyncio.create_task(line.reply())
        sent = 0
        while not reply.done():
            await line.send(b"1000\r\n", b"x" * 4_096, b"\r\n")
            sent += 4_096
            await asyncio.sleep(0)
        assert (await reply).problem["code"] == "too_large"
        assert sent < 50 * DEFAULT_MAX_BYTES


async def test_chunks_within_the_limit_are_put_together() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(a_request("POST", "/length", Transfer_Encoding="chunked"))
        for _ in range(1_000):
            await line.send(b"1\r\nx\r\n")
        await line.send(b"0\r\n\r\n")
        assert (await line.reply()).body == b"1000"


@pytest.mark.parametrize("path", ["/echo", "/nowhere"])
async def test_half_a_body_ends_the_connection_in_time(path: str) -> None:
    async with toy_server() as server, a_line(server) as line:
        started = time.monotonic()
        await line.send(a_request("POST", path, b"half", Content_Length="8"))
        reply = await line.reply()
        assert await line.rest() == b""
    assert (reply.status, reply.problem["code"]) == {
        "/echo": (408, "request_timeout"),
        "/nowhere": (404, "not_found"),
    }[path]
    assert time.monotonic() - started < QUICK.body_seconds + QUICK.linger_seconds + 3


async def test_a_body_that_comes_drop_by_drop_has_no_more_time() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(a_request("POST", "/echo", Content_Length="60000"))
        reply = asyncio.create_task(line.reply())
        while not reply.done():
            await line.send(b"x")
            await asyncio.sleep(0.05)
        assert (await reply).status == 408


@pytest.mark.parametrize("broken", [b"zz\r\n", b"3\r\nabcd\r\n", b"-1\r\n\r\n", b"ffffffffffffffffff\r\n"])
@pytest.mark.parametrize("when", ["at once", "later"])
async def test_a_broken_chunk_is_malformed_without_waiting_for_more(broken: bytes, when: str) -> None:
    app = a_toy_app()
    app[GATE].opened.set()
    patient = replace(QUICK, body_seconds=60, head_seconds=60, idle_seconds=60)
    async with await start_server(app, host="127.0.0.1", port=0, limits=patient) as server, a_line(server) as line:
        await line.send(a_request("POST", "/gate", Transfer_Encoding="chunked"), b"3\r\nabc\r\n")
        if when == "later":
            await app[GATE].entered.wait()
        await line.send(broken)
        assert (await line.reply()).problem["code"] == "malformed"
        assert await line.rest() == b""


async def test_a_broken_request_behind_a_good_one_does_not_spoil_it() -> None:
    app = a_toy_app()
    async with await start_server(app, host="127.0.0.1", port=0, limits=QUICK) as server, a_line(server) as line:
        await line.send(a_request("POST", "/gate", b"good"))
        await app[GATE].entered.wait()
        await line.send(b"NOT HTTP\r\n\r\n")
        app[GATE].opened.set()
        assert (await line.reply()).body == b"good"
        assert (await line.reply()).problem["code"] == "malformed"
        assert await line.rest() == b""


async def test_a_caller_who_leaves_while_sending_is_no_error() -> None:
    with the_log() as logged:
        app = a_toy_app()
        async with await start_server(app, host="127.0.0.1", port=0, limits=replace(QUICK, body_seconds=60)) as server:
            for leave in ("abort", "close"):
                app[GATE].entered.clear()
                async with a_line(server) as line:
                    await line.send(a_request("POST", "/gate", b"half", Content_Length="8"))
                    await app[GATE].entered.wait()
                    if leave == "abort":
                        line.abort()
            assert (await ask(server, "GET", "/healthz")).status == 200
    told = logged.getvalue()
    assert told.count('"status": 499') == 2
    assert "error" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('Application/JSON; charset="UTF-8"', 200),
        ("application/json; charset=latin-1", 415),
        ("application/jsonp", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
async def test_json_is_what_says_it_is_json(content_type: str, status: int) -> None:
    async with toy_server() as server:
        reply = await ask(server, "POST", "/json", b"[1]", Content_Type=content_type)
    assert reply.status == status


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/x-ndjson", 200),
        ("application/jsonl", 200),
        ("text/plain; charset=utf-8", 200),
        ("text/plain; charset=utf-16", 415),
        ("application/json", 415),
    ],
)
async def test_lines_of_json_have_three_names(content_type: str, status: int) -> None:
    async with toy_server() as server:
        reply = await ask(server, "POST", "/lines", b"1\n2\n", Content_Type=content_type)
    assert reply.status == status
    assert status != 200 or reply.body == b"[1, 2]"
