"""The body of a request, read with a limit on its size and its time, and never inflated."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.web_protocol import RequestPayloadError

from moderation import errors
from moderation.web.errors import PeerLeft
from moderation.web.limits import HTTP_LIMITS, KIB, HttpLimits

DEFAULT_MAX_BYTES = 64 * KIB

# What a route takes that is meant for more, see `Route.max_bytes`.
BODY_LIMIT: web.RequestKey[int] = web.RequestKey("BODY_LIMIT", int)

_JSON_TYPES = frozenset({"application/json"})
# The names that lines of JSON go by; the first is the most common.
NDJSON_TYPES = ("application/x-ndjson", "application/jsonl", "text/plain")


def require_json(request: web.Request) -> None:
    """Raises UnsupportedMediaType unless the body is said to be JSON in UTF-8."""
    _require(request, _JSON_TYPES)


def require_ndjson(request: web.Request) -> None:
    """Raises UnsupportedMediaType unless the body is said to be lines of JSON (or plain text) in UTF-8."""
    _require(request, NDJSON_TYPES)


def _require(request: web.Request, types: Collection[str]) -> None:
    charset = request.charset
    if request.content_type not in types or (charset and charset.lower() not in ("utf-8", "utf8")):
        raise errors.UnsupportedMediaType(f"The body must be {' or '.join(sorted(types))}, in UTF-8.")


async def read_body(request: web.Request, *, max_bytes: int | None = None) -> bytes:
    """Returns the whole body, at most `max_bytes` of it; by default as many as the route takes.

    Raises UnsupportedMediaType for any Content-Encoding and TooLarge for a declared length above the limit, both before
    a byte is read; TooLarge as soon as more has come; RequestTimeout when it takes longer than
    `HttpLimits.body_seconds`; Malformed when the transfer is broken; PeerLeft when the caller goes away.

    A caller that waits for "100 Continue" gets it here and not earlier, so that whoever is refused before, by a
    handler or by this function, sends no body at all.
    """
    max_bytes = max_bytes or request.get(BODY_LIMIT, DEFAULT_MAX_BYTES)
    _check_promises(request, max_bytes)
    if hdrs.EXPECT in request.headers:
        await _invite(request)
    try:
        if request.content.is_eof():
            body = request.content.read_nowait()  # the usual case: the body came with the head
        else:
            body = await _rest_of(request, max_bytes)
    except RequestPayloadError as error:
        raise errors.Malformed from error
    except ConnectionError as error:
        raise PeerLeft from error
    if len(body) > max_bytes:
        raise errors.TooLarge
    return body


def _check_promises(request: web.Request, max_bytes: int) -> None:
    codings = request.headers.getall(hdrs.CONTENT_ENCODING, ())
    if codings and any(coding.strip().lower() != "identity" for coding in codings):
        raise errors.UnsupportedMediaType("Content-Encoding is not taken here; send the body as it is.")
    if (request.content_length or 0) > max_bytes:
        raise errors.TooLarge


async def _invite(request: web.Request) -> None:
    if request.version >= HttpVersion11 and request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


async def _rest_of(request: web.Request, max_bytes: int) -> bytes:
    limits = request.app.get(HTTP_LIMITS) or HttpLimits()
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            while not request.content.at_eof():
                body += await request.content.readany()
                if len(body) > max_bytes:
                    break
    except TimeoutError as error:
        raise errors.RequestTimeout from error
    if broken := request.content.exception():
        # It may have come together with the bytes that were read last, and a part must not pass for the whole.
        raise broken
    return bytes(body)


async def leave_expectation(request: web.Request) -> None:
    """Stands in for aiohttp's own answer to `Expect`, which invites any body: `read_body` does it when it is time."""
