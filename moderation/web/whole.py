"""A request that came whole and with nothing unusual about it, as nearly every comment does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiohttp import HttpVersion11, StreamReader, hdrs, web
from aiohttp.http_parser import RawRequestMessage

from moderation.web.body import DEFAULT_MAX_BYTES


class Whole(NamedTuple):
    """A request of HTTP/1.1 that is all there, on a connection that stays open."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Promise(NamedTuple):
    """What will be known, and how it becomes an answer: status 200 or 201, and JSON. `answer` raises what stood in the
    way."""

    outcome: asyncio.Future[Any]
    answer: Callable[[Any], tuple[int, bytes]]


# Returns None for whatever must be told in the ordinary way; then nothing has happened yet.
Beginning = Callable[[web.Application, Whole], Promise | None]


def whole(message: RawRequestMessage, body: StreamReader) -> Whole | None:
    """Returns a request if it is all there and nothing about its head is unusual. Its body is left where it is."""
    if message.should_close or message.upgrade or message.version != HttpVersion11:
        return None
    if type(body) is not StreamReader or not body.is_eof() or body.exception() is not None:
        return None
    headers = message.headers
    # Whoever sends these wants something that only `read_body` does.
    if hdrs.EXPECT in headers or hdrs.CONTENT_ENCODING in headers:
        return None
    content = b"".join(body._buffer)
    return None if len(content) > DEFAULT_MAX_BYTES else Whole(message.path, headers, content)
