"""The web application: the doors there are, in one list."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version

from aiohttp import web

from moderation.api.complaint_routes import ROUTES as APPEALS
from moderation.api.desk_routes import ROUTES as DESK
from moderation.api.endpoint_routes import ROUTES as ENDPOINTS
from moderation.api.routes import ROUTES as API
from moderation.console.models_routes import ROUTES as MODELS
from moderation.console.pages import ROOT as CONSOLE_ROOT
from moderation.console.problems import problem_page
from moderation.console.routes import ROUTES as CONSOLE
from moderation.errors import ModerationError
from moderation.intake.routes import ROUTES as INTAKE
from moderation.readers.complaint_routes import ROUTES as COMPLAINTS
from moderation.readers.flood import TURNSTILE, Turnstile
from moderation.readers.origins import tell_origin
from moderation.readers.routes import ROUTES as READERS
from moderation.readers.shared_flood import open_redis, shared_turnstile
from moderation.web.admission import ADMISSION, Admission
from moderation.web.app_base import make_app
from moderation.web.feeding import FEED
from moderation.web.health import CheckResult
from moderation.web.identity import GUARDS, SERVICE, may_read_metrics
from moderation.wiring import Service
from moderation.workflows.feed import Feed

_DESCRIPTION = (
    "Comment moderation for news sites. A site posts a comment, signed or with its key; the comment is checked, the "
    "address sealed, the text judged by a classifier before it is stored, and the answer says what became of it: "
    "`approved`, `pending` (a person will look) or `rejected`."
)


def service_app(service: Service) -> web.Application:
    """Returns the application of a service."""

    app = make_app(
        (*INTAKE, *READERS, *COMPLAINTS, *API, *DESK, *APPEALS, *ENDPOINTS, *CONSOLE, *MODELS),
        title="Comment moderation",
        version=version("moderation"),
        description=_DESCRIPTION,
        readiness=partial(_readiness, service),
        may_read_metrics=may_read_metrics,
        guards=GUARDS,
        error_pages={f"{CONSOLE_ROOT}/": problem_page},
    )
    app[SERVICE] = service
    settings = service.house.settings
    app[ADMISSION] = Admission(at_least=settings.max_batch, at_most=settings.max_waiting)
    app[TURNSTILE] = _turnstile(app, settings.redis_url)
    app.on_response_prepare.append(tell_origin)
    app[FEED] = Feed(open_reading=service.open_reading, now=service.now)
    return app


def _turnstile(app: web.Application, redis_url: str) -> Turnstile:
    """Returns what lets readers through. Raises WrongUse when Redis is asked for and its library is missing."""
    if not redis_url:
        return Turnstile()
    redis = open_redis(redis_url)

    async def close(_: web.Application) -> None:
        await redis.aclose()

    app.on_cleanup.append(close)
    return shared_turnstile(redis)


def operations_app(service: Service) -> web.Application:
    """Returns an application for a port that only operators reach: health and metrics, without a token."""

    async def anyone(_: web.Request) -> bool:
        return True

    return make_app(
        (),
        title="Comment moderation: operations",
        version=version("moderation"),
        description="Health and metrics.",
        readiness=partial(_readiness, service),
        may_read_metrics=anyone,
    )


async def _readiness(service: Service) -> Mapping[str, CheckResult]:
    return {"storage": await _storage(service), "model": _model(service), "keys": _keys(service)}


async def _storage(service: Service) -> CheckResult:
    try:
        # Less than the time a balancer waits, and than the two seconds that all checks together have.
        async with asyncio.timeout(1.5):
            await service.house.database.ping()
            writable = await service.house.database.can_write()
    except (ModerationError, TimeoutError):
        return CheckResult(ok=False, detail="The database does not answer.")
    return CheckResult(ok=True) if writable else CheckResult(ok=False, detail="The database takes no writes.")


def _model(service: Service) -> CheckResult:
    if service.scorer.version is None:
        return CheckResult(ok=False, detail=service.keeper.problem)
    if wanted := service.keeper.stands_in_for:
        # It scores, so it is ready; a rollout must not stop half-way for this.
        return CheckResult(
            ok=True, detail=f"{service.scorer.version} stands in for {wanted}, which cannot be loaded here."
        )
    return CheckResult(ok=True, detail=service.scorer.version)


def _keys(service: Service) -> CheckResult:
    vault = service.house.vault
    if not vault.unknown:
        return CheckResult(ok=True)
    # Whoever has the site's key can post, and so can sites whose secret was opened before.
    detail = "Some data keys are wrapped by a secret key that this process was started without; give it, and restart."
    return CheckResult(ok=vault.can_seal, detail=detail)
