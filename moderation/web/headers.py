"""The headers that every answer carries, whoever made it."""

from __future__ import annotations

import os

from aiohttp import hdrs, web
from aiohttp.helpers import rfc822_formatted_time

REQUEST_ID: web.RequestKey[str] = web.RequestKey("REQUEST_ID", str)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

# What a handler has set itself stays, such as a Cache-Control.
FOR_ALL = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}

_FOR_PAGES = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def request_id(request: web.BaseRequest) -> str:
    """Returns the id of this request in our logs: always our own, since a caller's could hold anything."""
    known = request.get(REQUEST_ID)
    return new_request_id(request) if known is None else known


def new_request_id(request: web.BaseRequest) -> str:
    """Gives the request its id and returns it."""
    made = request[REQUEST_ID] = random_id()
    return made


def random_id() -> str:
    """Returns an id that no request had before."""
    return os.urandom(8).hex()


_WRITTEN = "".join(f"{name}: {value}\r\n" for name, value in FOR_ALL.items())


def written(own_id: str) -> str:
    """Returns the lines that `set_headers` would add, and the date, as they are sent."""
    return f"{_WRITTEN}X-Request-Id: {own_id}\r\nDate: {rfc822_formatted_time()}\r\n"


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Completes the headers of an answer."""
    headers = response.headers
    headers.popall(hdrs.SERVER, None)  # it would name our libraries and their versions
    headers["X-Request-Id"] = request_id(request)
    for name, value in FOR_ALL.items():
        headers.setdefault(name, value)
    if headers.get(hdrs.CONTENT_TYPE, "").startswith("text/html"):
        for name, value in _FOR_PAGES.items():
            headers.setdefault(name, value)
