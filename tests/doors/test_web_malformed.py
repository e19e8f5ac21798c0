"""What is not HTTP gets one clear answer or a closed line, and leaves nothing of itself in the log."""

from __future__ import annotations

import pytest

from moderation.web.limits import HttpLimits
from tests.doors.web_toys import a_line, ask, the_log, toy_server

pytestmark = pytest.mark.alone

SECRET = "v1,c2VjcmV0LXNpZ25hdHVyZQ=="
WITH_SECRETS = f"webhook-signature: {SECRET}\r\nCookie: __Host-moderation=hush\r\nFrom: ana@example.org\r\n".encode()


def _malformed_heads() -> list[bytes]:
    lines = [
        b"GET",
        b"GET /",
        b"GET / HTTP",
        b"GET / HTTP/9.9",
        b"GET / HTTP/1.1 more",
        b"GET  / HTTP/1.1",
        b"G\x00T / HTTP/1.1",
        b"GET /\x00 HTTP/1.1",
        b"GET /\xff\xfe HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b" GET / HTTP/1.1",
        b"GET / http/1.1",
        b"GET\t/ HTTP/1.1",
        b"GET / HTTP/1.1\x0b",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0",
        b"GET http:// HTTP/1.1",
        b"GET //[::1 HTTP/1.1",
        b"GET http://[bad/ HTTP/1.1",
        b"GET http://toys:99999999/ HTTP/1.1",
        b"CONNECT HTTP/1.1",
        b"CONNECT toys:99999999 HTTP/1.1",
        b"GET %zz HTTP/1.1",
        b"GET ana@example.org HTTP/1.1",
        b"<script> / HTTP/1.1",
        b"{} / HTTP/1.1",
    ]
    fields = [
        b"no colon",
        b": no name",
        b"Sp ace: 1",
        b"Name : 1",
        b" folded: 1",
        b"N\x00ul: 1",
        b"Nul: \x00",
        b"Bell: \x07",
        b"Cr: a\rb",
        b"\xc3\xa4: 1",
        b"Content-Length: -1",
        b"Content-Length: +1",
        b"Content-Length: 1_0",
        b"Content-Length: 0x10",
        b"Content-Length: 1e3",
        b"Content-Length: 99999999999999999999999",
        b"Content-Length: ",
        b"Content-Length: 1, 2",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding:\x0bchunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked, x",
        b"Host: other",
        b"Host:",
        b"Upgrade: websocket\r\nConnection: upgrade",
        b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings",
        b"Expect: the-unexpected",
        b"Range: bytes=\xff",
        b"Content-Type: \xff/\xff",
        b"Content-Type: application/json; charset=\x80",
        b"Cookie: \xf0\x9f\x8d\xaa=\x01",
    ]
    start = b"POST /echo HTTP/1.1\r\nHost: toys\r\n"
    chunked = start + WITH_SECRETS + b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = [
        b"zz\r\n",
        b"-1\r\n",
        b"3\r\nabcd\r\n",
        b"3;" + b"e" * 20_000,
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\n",
    ]
    return (
        [line + b"\r\nHost: toys\r\n" + WITH_SECRETS + b"\r\n" for line in lines]
        + [start + WITH_SECRETS + field + b"\r\n\r\n" for field in fields]
        + [chunked + chunk for chunk in chunks]
    )


def test_there_are_more_than_sixty_malformed_requests() -> None:
    assert len(_malformed_heads()) > 60


async def test_whatever_is_sent_gets_one_clear_answer_and_leaves_no_byte_in_the_log() -> None:
    hasty = HttpLimits(head_seconds=0.2, body_seconds=0.2, idle_seconds=0.2, linger_seconds=0.1)
    with the_log() as logged:
        async with toy_server(limits=hasty) as server:
            for sent in _malformed_heads():
                async with a_line(server) as line:
                    await line.send(sent)
                    answer = await line.rest()
                assert answer.count(b"HTTP/1.") <= 1, sent
                if answer:
                    status, head, body = answer.split(b" ", 2)[1], *answer.split(b"\r\n\r\n", 1)
                    assert status[:1] in (b"2", b"4"), (sent, answer)
                    assert status[:1] == b"2" or b"application/problem+json" in head, (sent, answer)
                    assert SECRET.encode() not in body
            assert (await ask(server, "GET", "/healthz")).status == 200
    told = logged.getvalue()
    assert "broken_request" in told
    for trace in ("Traceback", "unexpected_error", "c2VjcmV0", "hush", "example.org", "toys", "webhook", "POST /echo"):
        assert trace not in told, trace


@pytest.mark.parametrize("level", ["debug", "warning"])
async def test_a_broken_request_is_one_line_in_the_log(level: str) -> None:
    with the_log(level=level) as logged:
        async with toy_server() as server, a_line(server) as line:
            await line.send(b"NOT HTTP\r\n" + WITH_SECRETS + b"\r\n")
            reply = await line.reply()
    lines = [line for line in logged.getvalue().splitlines() if "moderation" in line]
    assert len(lines) == 1
    assert reply.headers["x-request-id"] in lines[0]
    assert '"kind": "malformed"' in lines[0]


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 0\r\n",
        b"Content-Length: 4\r\nTransfer-Encoding : chunked\r\n",
        b"Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n",
        b"Content-Length: 4\r\nTransfer-Encoding:\n chunked\r\n",
    ],
)
async def test_a_request_with_two_lengths_does_not_smuggle_a_second_one(lengths: bytes) -> None:
    smuggled = b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: toys\r\nAuthorization: Bearer sesame\r\n\r\n"
    async with toy_server() as server, a_line(server) as line:
        await line.send(b"POST /echo HTTP/1.1\r\nHost: toys\r\n" + lengths + b"\r\n" + smuggled)
        answer = await line.rest()
    assert answer.count(b"HTTP/1.") <= 1
    assert b"moderation_http" not in answer
