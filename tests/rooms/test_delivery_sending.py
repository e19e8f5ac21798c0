"""One request, whatever the receiver does with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from moderation.delivery import Envelope, Sender, networks_of
from moderation.domain import Outcome
from tests.receivers import Manner, a_receiver, answering, bomb, endless, hanging, well

pytestmark = pytest.mark.alone

ENVELOPE = Envelope({"Content-Type": "application/json", "webhook-id": "msg_1"}, b"{}")
HERE = networks_of(["127.0.0.1/32"])


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    """One that may call 127.0.0.1, and nothing else inside."""
    async with Sender(HERE, seconds=2) as sender:
        yield sender


@pytest.mark.parametrize(
    ("manner", "outcome", "status"),
    [
        (well, Outcome.DELIVERED, 204),
        (answering(299), Outcome.DELIVERED, 299),
        (answering(302, Location="http://127.0.0.2:1/"), Outcome.REFUSED, 302),
        (answering(304), Outcome.REFUSED, 304),
        (answering(410), Outcome.GONE, 410),
        (answering(429, Retry_After="120"), Outcome.REFUSED, 429),
        (answering(500), Outcome.REFUSED, 500),
        (hanging, Outcome.TIMEOUT, None),
        (endless, Outcome.DELIVERED, 200),
        (bomb, Outcome.DELIVERED, 200),
    ],
)
async def test_only_2xx_is_success_and_nobody_keeps_us_waiting(
    sender: Sender, manner: Manner, outcome: Outcome, status: int | None
) -> None:
    began = time.monotonic()
    async with a_receiver(manner) as receiver:
        attempt = await sender.send(receiver.url, ENVELOPE)

    assert (attempt.outcome, attempt.status) == (outcome, status)
    assert time.monotonic() - began < 4
    assert len(receiver.received) == 1


async def test_a_redirect_is_not_followed_inside_or_elsewhere(sender: Sender) -> None:
    async with a_receiver(well) as trap, a_receiver(answering(307, Location=trap.url)) as receiver:
        attempt = await sender.send(receiver.url, ENVELOPE)

    assert attempt.outcome is Outcome.REFUSED
    assert trap.received == []


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "2130706434", "0x7f000002", "0177.0.0.2", "127.2", "localhost", "[::ffff:127.0.0.2]", "[::1]"]
)
async def test_an_address_inside_is_not_connected_to_however_it_is_written(sender: Sender, host: str) -> None:
    async with a_receiver(well, host="127.0.0.2") as trap, Sender(networks_of(["127.0.0.9/32"])) as strict:
        for scheme in ("http", "https"):
            attempt = await strict.send(f"{scheme}://{host}:{trap.port}/hook", ENVELOPE)
            assert attempt.outcome in (Outcome.FORBIDDEN, Outcome.UNREACHABLE)

    assert trap.received == []


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "[::ffff:127.0.0.2]"])
async def test_it_is_told_that_the_address_is_inside(host: str) -> None:
    async with Sender() as strict:
        attempt = await strict.send(f"https://{host}:9/hook", ENVELOPE)

    assert attempt.outcome is Outcome.FORBIDDEN


async def test_a_public_address_is_not_called_without_encryption(sender: Sender) -> None:
    attempt = await sender.send("http://192.88.98.1/hook", ENVELOPE)

    assert attempt.outcome is Outcome.FORBIDDEN


async def test_who_is_not_there_is_unreachable(sender: Sender) -> None:
    async with a_receiver(well) as gone:
        url = gone.url

    assert (await sender.send(url, ENVELOPE)).outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize(
    ("value", "wish"),
    [
        ("120", timedelta(seconds=120)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
        ("9" * 30, timedelta(seconds=10**9)),
        ("9" * 300, None),
    ],
)
async def test_retry_after_is_read_as_seconds_or_as_a_moment(
    sender: Sender, value: str, wish: timedelta | None
) -> None:
    async with a_receiver(answering(503, Retry_After=value)) as receiver:
        assert (await sender.send(receiver.url, ENVELOPE)).retry_after == wish


async def test_what_is_no_http_is_unreachable(sender: Sender) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"SSH-2.0-nonsense\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert (await sender.send(f"http://127.0.0.1:{port}/", ENVELOPE)).outcome is Outcome.UNREACHABLE


async def test_cookies_are_not_kept(sender: Sender) -> None:
    async def biscuit(_: web.Request) -> web.StreamResponse:
        return web.Response(status=204, headers={"Set-Cookie": "a=b"})

    async with a_receiver(biscuit) as receiver:
        for _ in range(2):
            await sender.send(receiver.url, ENVELOPE)

    assert [each.headers.get("Cookie") for each in receiver.received] == [None, None]
