"""One serving process, from its start to its end."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress

import structlog
from aiohttp import web

from moderation.app import operations_app, service_app
from moderation.cli.greeting import address_of, greet
from moderation.errors import WrongUse
from moderation.settings import Settings
from moderation.web.health import READINESS, CheckResult, Readiness
from moderation.web.limits import HttpLimits
from moderation.web.server import RunningServer, start_server
from moderation.wiring import Service, open_service
from moderation.workflows.demo import prepare_demo
from moderation.workflows.first_start import NoModerator, Welcome, first_start

log = structlog.stdlib.get_logger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

# Python looks for cycles after every 700 new objects: with a batch of comments under way, after a few comments. There
# are hardly any cycles to find, and so many objects are some ten megabytes at most.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def run_one(settings: Settings) -> None:
    """Serves until it is told to stop. Raises WrongUse when the port is taken."""
    asyncio.run(serve_until_stopped(settings, shares_port=False, greets=True))


async def serve_until_stopped(settings: Settings, *, shares_port: bool, greets: bool) -> None:
    """Serves until SIGTERM or SIGINT; then answers what has begun, and ends.

    After SIGTERM it is not ready any more, and serves on for `drain_seconds`, so that whoever hands requests out goes
    elsewhere first. SIGINT ends that, as does a second SIGTERM; but not where several processes share a port: there
    each may hear of one signal twice, from outside and from the one that looks after them.
    """
    leave, stop, begun = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def hear(number: int) -> None:
        if number == signal.SIGINT or (leave.is_set() and not shares_port):
            stop.set()
        leave.set()

    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, hear, number)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(open_service(settings))
        server, *others = servers = await _open_doors(stack, service, begun, settings, shares_port=shares_port)
        metrics_port = others[0].port if others else None
        # Not before the port is ours: what is shown once must not be made by a start that fails.
        found = await _first_start(service) if settings.embedded else None
        demo = await _demo(service, f"{address_of(settings.host, server.port)}/demo/")
        if greets:
            greet(settings.host, server.port, metrics_port=metrics_port, found=found, demo=demo)
        calm_the_collector()
        was_told = leave.is_set()  # while it started: nobody was sent here yet
        begun.set()
        log.info("ready", port=server.port, pid=os.getpid())
        await leave.wait()
        log.info("stopping")
        for each in servers:
            each.leave()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0 if was_told else settings.drain_seconds)


async def _open_doors(
    stack: AsyncExitStack, service: Service, begun: asyncio.Event, settings: Settings, *, shares_port: bool
) -> list[RunningServer]:
    """Returns the server of the service, and that of operations where it has a port of its own."""
    doors = [(service_app(service), settings.port)]
    if settings.metrics_port is not None:
        doors.append((operations_app(service), settings.metrics_port))
    servers = []
    for app, port in doors:
        listening = await _listen(_ready_after(begun, app), settings, port=port, shares_port=shares_port)
        servers.append(await stack.enter_async_context(listening))
    return servers


def calm_the_collector() -> None:
    """Lets the garbage collector look for cycles less often, and never again among what stays: code and classifier."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


def _ready_after(begun: asyncio.Event, app: web.Application) -> web.Application:
    """Returns the application, not ready before the first start is made and shown: who waits for it reads the keys."""
    checks: Readiness = app[READINESS]

    async def readiness() -> Mapping[str, CheckResult]:
        if not begun.is_set():
            return {"start": CheckResult(ok=False, detail="The service is still starting.")}
        return await checks()

    app[READINESS] = readiness
    return app


async def _first_start(service: Service) -> Welcome | NoModerator | None:
    return await first_start(open_work=service.open_work, vault=service.house.vault, now=service.now())


async def _demo(service: Service, url: str) -> bool:
    """Prepares the demonstration, where there is to be one. Returns whether there is."""
    site = service.demo_site
    return site is not None and await prepare_demo(site, url=url, open_work=service.open_work, now=service.now())


async def _listen(app: web.Application, settings: Settings, *, port: int, shares_port: bool) -> RunningServer:
    limits = HttpLimits(max_connections=settings.max_connections)
    try:
        return await start_server(app, host=settings.host, port=port, reuse_port=shares_port, limits=limits)
    except OSError as error:
        raise cannot_listen(error, settings.host, port) from error


def cannot_listen(error: OSError, host: str, port: int) -> WrongUse:
    """Returns what to tell who asked for this address."""
    if error.errno == errno.EADDRINUSE:
        return WrongUse(f"Port {port} of {host} is taken; choose another with --port or MODERATION_PORT.")
    # A name that cannot be resolved has an error number of another kind, below zero.
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    return WrongUse(f"It is not possible to listen on port {port} of {host}: {reason}.")
