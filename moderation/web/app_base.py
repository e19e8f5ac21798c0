"""Puts the room together: one application with the middlewares, headers and pages that every door shares."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from aiohttp import web
from aiohttp.typedefs import Middleware

from moderation.web import docs, health
from moderation.web.access import watch
from moderation.web.errors import ERROR_PAGES, ErrorPage, answer_errors
from moderation.web.headers import set_headers
from moderation.web.health import DRAINING, LEAVING, METRICS_GUARD, READINESS, MayReadMetrics, Readiness
from moderation.web.limits import KIB
from moderation.web.openapi import OPENAPI_ROUTE, keep_document
from moderation.web.routes import Access, Guard, Route, register

# For `request.post()` and `request.text()`, which go past `read_body`.
_CLIENT_MAX_BYTES = 64 * KIB


def make_app(
    routes: Iterable[Route],
    *,
    title: str,
    version: str,
    description: str,
    readiness: Readiness,
    may_read_metrics: MayReadMetrics,
    middlewares: Iterable[Middleware] = (),
    error_pages: Mapping[str, ErrorPage] | None = None,
    guards: Mapping[Access, Guard] | None = None,
) -> web.Application:
    """Returns an application with `routes` and those of operation and documentation.

    From outside to inside a request passes: `watch` (id, log, metrics), `answer_errors`, then `middlewares` in their
    order. `error_pages` maps the beginning of a path to how problems are shown there; all others get problem+json.
    `guards` check who asks before the handlers of guarded routes are called.
    """
    app = web.Application(middlewares=[watch, answer_errors, *middlewares], client_max_size=_CLIENT_MAX_BYTES)
    app[LEAVING], app[DRAINING] = asyncio.Event(), asyncio.Event()
    app[READINESS] = readiness
    app[METRICS_GUARD] = may_read_metrics
    app[ERROR_PAGES] = dict(error_pages or {})
    app.on_response_prepare.append(set_headers)
    register(app, (*routes, *health.ROUTES, OPENAPI_ROUTE, *docs.ROUTES), guards=guards or {})
    keep_document(app, title=title, version=version, description=description)
    docs.keep_docs(app)
    return app
