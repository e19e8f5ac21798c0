"""A small application over a real socket, and a client that may send anything."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from pydantic import BaseModel, Field

from moderation import errors
from moderation.logs import configure_logs
from moderation.web.app_base import make_app
from moderation.web.body import read_body, require_json, require_ndjson
from moderation.web.health import CheckResult
from moderation.web.limits import HttpLimits
from moderation.web.routes import Access, Answer, Parameter, Route
from moderation.web.server import RunningServer, start_server

# Short enough for a test, long enough for a slow machine to answer an honest request.
QUICK = HttpLimits(
    head_seconds=0.5, body_seconds=0.5, idle_seconds=1.0, linger_seconds=0.5, write_seconds=0.5, stop_seconds=10.0
)

# What a test gives a condition to come true; it is never waited for in full unless the promise is broken.
PATIENCE = 10.0


class Toy(BaseModel):
    """Something to send."""

    name: str = Field(max_length=10)
    count: int | None = None


class Gate:
    """A request that is held in its handler until the test opens the gate."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()


GATE: web.AppKey[Gate] = web.AppKey("GATE", Gate)


async def _echo(request: web.Request) -> web.Response:
    return web.Response(body=await read_body(request))


async def _length(request: web.Request) -> web.Response:
    return web.json_response(len(await read_body(request)))


async def _json(request: web.Request) -> web.Response:
    require_json(request)
    return web.json_response(json.loads(await read_body(request)))


async def _lines(request: web.Request) -> web.Response:
    require_ndjson(request)
    return web.json_response([json.loads(line) for line in (await read_body(request)).splitlines()])


async def _gate(request: web.Request) -> web.Response:
    request.app[GATE].entered.set()
    body = await read_body(request)
    await request.app[GATE].opened.wait()
    return web.Response(body=body)


async def _mistake(request: web.Request) -> web.Response:
    message = f"{request.headers.get('From')} in {request.query_string} is broken"
    raise RuntimeError(message)


async def _half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"the first half")
    raise RuntimeError("there is no second half")


async def _large(_request: web.Request) -> web.Response:
    return web.Response(body=b"x" * 64_000_000)


async def _page(_request: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>A page</title>", content_type="text/html")


async def _redirect(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/page")


async def _raise(request: web.Request) -> web.Response:
    raise RAISED[request.match_info["kind"]]


RAISED: Mapping[str, Exception] = {
    "malformed": errors.Malformed(),
    "unauthenticated": errors.Unauthenticated(),
    "bad_signature": errors.BadSignature(),
    "forbidden": errors.Forbidden(),
    "not_found": errors.NotFound(),
    "already_decided": errors.AlreadyDecided(),
    "invalid": errors.Invalid(
        [errors.FieldError("author.email", "required", "Missing."), errors.FieldError("text", "too_long", "Too long.")]
    ),
    "flood": errors.Flood(limit=10, window=60, retry_after=42),
    "overloaded": errors.Overloaded(retry_after=2),
    "storage_unavailable": errors.StorageUnavailable(retry_after=5),
    "bad_keys": errors.BadKeys(),
    "gone": web.HTTPGone(text="who was it"),
    "teapot": web.HTTPRequestHeaderFieldsTooLarge(),
    "timeout": TimeoutError(),
    "connection": ConnectionRefusedError("the database at 192.0.2.1"),
}


def a_route(path: str, handler: Any, method: Any = "POST", **more: Any) -> Route:
    defaults = {
        "operation_id": f"{method}_{path.strip('/').replace('/', '_')}",
        "tag": "toys",
        "summary": "A toy",
        "description": "A toy for tests.",
        "answers": (Answer(200, "Well."),),
    }
    return Route(method, path, handler, **{"access": Access.PUBLIC, **defaults, **more})


TOY_ROUTES = (
    a_route("/echo", _echo),
    a_route("/length", _length),
    a_route("/lines", _lines),
    a_route(
        "/json/{site}/{id:[0-9a-f]{4}}",
        _json,
        access=Access.SITE_SIGNATURE,
        operation_id="post_json",
        request=Toy,
        problems=(errors.NotFound, errors.DuplicateComment, errors.IdReused, errors.Flood, errors.Overloaded),
        parameters=(
            Parameter("site", "path", "The slug of a site.", example="daily-planet"),
            Parameter("id", "path", "Four hexadecimal digits.", {"type": "string", "pattern": "^[0-9a-f]{4}$"}),
            Parameter("limit", "query", "How many.", {"type": "integer", "minimum": 1, "maximum": 200}),
        ),
        examples={"the least": {"name": "Ana"}, "markup": {"name": "<b>&"}},
        answers=(Answer(201, "Made.", Toy, headers={"Location": "Where it is."}, example={"name": "Ana"}),),
    ),
    a_route("/json", _json, operation_id="post_any_json"),
    a_route("/gate", _gate),
    a_route("/mistake", _mistake, "GET"),
    a_route("/half", _half, "GET"),
    a_route("/large", _large, "GET"),
    a_route("/page", _page, "GET", documented=False),
    a_route("/redirect", _redirect, "GET"),
    a_route("/raise/{kind}", _raise, "GET", parameters=(Parameter("kind", "path", "Which."),)),
)


async def all_is_well() -> Mapping[str, CheckResult]:
    return {"storage": CheckResult(ok=True)}


async def knows_the_word(request: web.Request) -> bool:
    return request.headers.get("Authorization") == "Bearer sesame"


def a_toy_app(*, more_routes: Sequence[Route] = (), **more: Any) -> web.Application:
    options = {
        "title": "Toys",
        "version": "1.2.3",
        "description": "Toys for tests.\n\nNothing else.",
        "readiness": all_is_well,
        "may_read_metrics": knows_the_word,
    }
    app = make_app((*TOY_ROUTES, *more_routes), **{**options, **more})
    app[GATE] = Gate()
    return app


@asynccontextmanager
async def toy_server(*, limits: HttpLimits = QUICK, **more: Any) -> AsyncIterator[RunningServer]:
    async with await start_server(a_toy_app(**more), host="127.0.0.1", port=0, limits=limits) as server:
        yield server


@dataclass(frozen=True)
class Reply:
    """One answer as it came over the line."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json", self
        told: dict[str, Any] = json.loads(self.body)
        assert told["status"] == self.status
        return told


class Line:
    """One connection on which a test writes bytes as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *parts: bytes) -> None:
        self._writer.write(b"".join(parts))
        await self._writer.drain()

    async def reply(self, *, head_only: bool = False) -> Reply:
        """Reads one answer. Interim ones such as 100 Continue are answers too."""
        async with asyncio.timeout(PATIENCE):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(head[0].split(" ")[1])
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
            length = 0 if head_only or status < 200 else int(headers.get("content-length", "0"))
            return Reply(status, headers, await self._reader.readexactly(length))

    async def rest(self) -> bytes:
        """Reads until the server closes; a reset is a close too."""
        collected = b""
        async with asyncio.timeout(PATIENCE):
            try:
                while some := await self._reader.read(65_536):
                    collected += some
            except ConnectionResetError:
                pass
        return collected

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):  # the server has reset it, which closes it as well
            await self._writer.wait_closed()

    def abort(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def a_line(server: RunningServer) -> AsyncIterator[Line]:
    line = Line(*await asyncio.open_connection("127.0.0.1", server.port))
    try:
        yield line
    finally:
        await line.close()


def a_request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Builds a request. Underscores in the names of headers stand for hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: toys"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body and "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def ask(server: RunningServer, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    async with a_line(server) as line:
        await line.send(a_request(method, path, body, **headers))
        return await line.reply(head_only=method == "HEAD")


@contextmanager
def the_log(format: Any = "json", level: str = "debug") -> Iterator[io.StringIO]:  # noqa: A002
    """Collects what the service logs, then gives the root logger back as it was."""
    root = logging.getLogger()
    handlers, old_level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs(format, level, stream=stream)
    try:
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(old_level)
        logging.captureWarnings(False)
        structlog.reset_defaults()


async def until(condition: Any) -> None:
    """Waits until the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)
