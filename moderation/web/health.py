"""Whether the process lives, whether it can work, and what it counts. What "ready" means is handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web
from pydantic import BaseModel

from moderation import errors, metrics
from moderation.web.routes import Access, Answer, Route

log = structlog.stdlib.get_logger(__name__)

# A balancer that hears nothing for longer than this asks somebody else.
READINESS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found. `detail` says what is wrong; anyone may read it."""

    ok: bool
    detail: str | None = None


Readiness = Callable[[], Awaitable[Mapping[str, CheckResult]]]
MayReadMetrics = Callable[[web.Request], Awaitable[bool]]

READINESS: web.AppKey[Readiness] = web.AppKey("READINESS", Callable)  # type: ignore[arg-type]
METRICS_GUARD: web.AppKey[MayReadMetrics] = web.AppKey("METRICS_GUARD", Callable)  # type: ignore[arg-type]

# Set some seconds before the server stops: it is not ready any more, though everything else is as before.
LEAVING: web.AppKey[asyncio.Event] = web.AppKey("LEAVING", asyncio.Event)
# Set when it stops: what has begun is answered, and nobody new is let in.
DRAINING: web.AppKey[asyncio.Event] = web.AppKey("DRAINING", asyncio.Event)


class Health(BaseModel):
    """The process answers."""

    status: str


class Check(BaseModel):
    """One part that the service needs."""

    ok: bool
    detail: str | None = None


class Ready(BaseModel):
    """All parts that the service needs, by name."""

    status: str
    checks: dict[str, Check]


async def healthz(_request: web.Request) -> web.Response:
    """Asks nothing of anybody: a process whose database is away must not be restarted for it."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Answers 200 when every check is well, 503 with the failing ones otherwise."""
    checks = await _checks(request.app)
    ready = all(check.ok for check in checks.values())
    return web.json_response(
        {"status": "ready" if ready else "not_ready", "checks": {n: _shown(c) for n, c in checks.items()}},
        status=200 if ready else 503,
    )


async def _checks(app: web.Application) -> Mapping[str, CheckResult]:
    if app[LEAVING].is_set() or app[DRAINING].is_set():
        return {"server": CheckResult(ok=False, detail="The server is about to stop.")}
    try:
        async with asyncio.timeout(READINESS_SECONDS):
            return await app[READINESS]()
    except TimeoutError:
        return {"readiness": CheckResult(ok=False, detail=f"No answer within {READINESS_SECONDS:g} seconds.")}
    except Exception as error:
        # A check that breaks is a part that does not work, and no reason to answer less clearly.
        log.error("readiness_failed", exc_info=error)
        metrics.UNEXPECTED_ERRORS.labels("readiness").inc()
        return {"readiness": CheckResult(ok=False, detail="A check has failed; see the log.")}


def _shown(check: CheckResult) -> dict[str, object]:
    return {"ok": check.ok} if check.detail is None else {"ok": check.ok, "detail": check.detail}


async def read_metrics(request: web.Request) -> web.Response:
    """Answers with all metrics to whom the guard lets in."""
    if not await request.app[METRICS_GUARD](request):
        raise errors.Unauthenticated
    return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})


ROUTES = (
    Route(
        "GET",
        "/healthz",
        healthz,
        Access.PUBLIC,
        operation_id="get_health",
        tag="operations",
        summary="Whether the process lives",
        description="Depends on nothing else; answers as long as the process can answer at all.",
        answers=(Answer(200, "It lives.", Health, example={"status": "ok"}),),
    ),
    Route(
        "GET",
        "/readyz",
        readyz,
        Access.PUBLIC,
        operation_id="get_readiness",
        tag="operations",
        summary="Whether the service can score and store",
        description="Names the failing part. Turns to 503 first when the server is about to stop.",
        answers=(
            Answer(200, "Ready.", Ready, example={"status": "ready", "checks": {"storage": {"ok": True}}}),
            Answer(
                503,
                "Not ready.",
                Ready,
                example={"status": "not_ready", "checks": {"storage": {"ok": False, "detail": "No connection."}}},
            ),
        ),
    ),
    Route(
        "GET",
        "/metrics",
        read_metrics,
        Access.OPERATOR,
        operation_id="get_metrics",
        tag="operations",
        summary="What the service counts",
        description="In the text format of Prometheus. No label holds anything that a reader has sent.",
        answers=(Answer(200, "All metrics.", media_type="text/plain"),),
    ),
)
