"""Receivers of webhooks on loopback, well and ill: each remembers what came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from multidict import CIMultiDictProxy

# What one of them does with a request; what it returns is the answer.
Manner = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Received:
    """One request that came."""

    headers: CIMultiDictProxy[str]
    body: bytes
    at: float  # seconds of the loop's clock

    @property
    def id(self) -> str:
        """The `webhook-id`."""
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """A server that behaves as `manner` says, which may change."""

    manner: Manner
    port: int = 0
    host: str = "127.0.0.1"
    received: list[Received] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # the ids that it has answered with 2xx
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The ids of all that came, in order."""
        return [each.id for each in self.received]

    async def until(self, condition: Callable[[], bool], *, seconds: float = 20) -> None:
        """Returns when the condition holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Takes one request."""
        body = await request.read()
        self.received.append(Received(request.headers, body, asyncio.get_running_loop().time()))
        self.news.set()
        response = await self.manner(request)
        if 200 <= response.status < 300:
            self.taken.append(request.headers["webhook-id"])
            self.news.set()
        return response


@asynccontextmanager
async def a_receiver(manner: Manner, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Receiver]:
    """Opens a receiver."""
    receiver = Receiver(manner, host=host)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def well(_: web.Request) -> web.StreamResponse:
    """Takes everything."""
    return web.Response(status=204)


def answering(status: int, **headers: str) -> Manner:
    """Answers always the same. Underscores in the names of headers stand for hyphens."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


async def hanging(_: web.Request) -> web.StreamResponse:
    """Never answers."""
    await asyncio.Event().wait()
    raise AssertionError


async def endless(request: web.Request) -> web.StreamResponse:
    """Answers with a body without an end, as fast as it is read."""
    response = web.StreamResponse(status=200)
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65536)


async def bomb(_: web.Request) -> web.StreamResponse:
    """Answers with a small body that unpacks to a large one."""
    import gzip

    return web.Response(body=gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})
