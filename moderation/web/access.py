"""One event and two metrics a request: the template of its route, never its path, its query or an address."""

from __future__ import annotations

import logging
from functools import lru_cache
from time import perf_counter

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from prometheus_client import Counter, Histogram

from moderation import metrics
from moderation.web.headers import new_request_id

log = structlog.stdlib.get_logger(__name__)
_levels = logging.getLogger(__name__)

# nginx's number for a caller who has left before the answer; it is never sent.
CALLER_LEFT = 499

# Above this a request is worth a line even when it went well.
_SLOW_SECONDS = 1.0

_METHODS = hdrs.METH_ALL


@web.middleware
async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Measures and logs a request, and gives its id to everything that is logged meanwhile."""
    started = perf_counter()
    structlog.contextvars.bind_contextvars(request_id=new_request_id(request))
    status = CALLER_LEFT
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as redirect:
        status = redirect.status
        raise
    finally:
        # Anyone can invent a method, and each would be a new series.
        method = request.method if request.method in _METHODS else "other"
        record(route_template(request), method, status, perf_counter() - started)
    return response


def record(route: str, method: str, status: int, seconds: float, **more: str) -> None:
    """Counts an answer, and logs it if it is worth a line; `more` is added to that."""
    requests, durations = series_of(route, method, status)
    requests.inc()
    durations.observe(seconds)
    # Building a line costs as much as a third of a small request: the ordinary ones are written for whoever asks.
    level = logging.INFO if status >= 400 or seconds > _SLOW_SECONDS else logging.DEBUG
    if _levels.isEnabledFor(level):
        log.log(level, "request", route=route, method=method, status=status, ms=round(seconds * 1000, 1), **more)


# To look the two up takes three times as long as to count.
@lru_cache(maxsize=1024)
def series_of(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """Returns what counts the answers of this kind, and what measures their seconds."""
    return metrics.HTTP_REQUESTS.labels(route, method, str(status)), metrics.HTTP_REQUEST_SECONDS.labels(route)


def route_template(request: web.Request) -> str:
    """Returns the route as it was declared, such as `/v1/sites/{site}/webhook`, or "unmatched"."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unmatched"
