"""One serving process from its start to its end, and several of them behind one port."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import AsyncExitStack

import click
import structlog

from moderation.app import operations_app, service_app
from moderation.intake.examples import EXAMPLE_SUBMISSION
from moderation.settings import Settings
from moderation.web.limits import HttpLimits
from moderation.web.server import start_server
from moderation.wiring import open_service
from moderation.workflows.first_start import Welcome, first_start

log = structlog.stdlib.get_logger(__name__)

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# A worker that cannot start must not be started as fast as the machine allows.
_RESTART_SECONDS = 1.0


def run_one(settings: Settings) -> None:
    """Serves until it is told to stop."""
    asyncio.run(_serve(settings, reuse_port=False))


def run_several(settings: Settings) -> None:
    """Keeps `workers` processes serving on one port until it is told to stop; one that ends is replaced."""
    stopping = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopping
        stopping = True
        for worker in workers:
            os.kill(worker, signal.SIGTERM)

    workers = {_fork(settings) for _ in range(settings.workers)}
    for number in _STOP_SIGNALS:
        signal.signal(number, stop)
    while workers:
        ended, status = os.wait()
        workers.discard(ended)
        if not stopping:
            log.error("worker_ended", status=os.waitstatus_to_exitcode(status))
            time.sleep(_RESTART_SECONDS)
            workers.add(_fork(settings))


def _fork(settings: Settings) -> int:
    worker = os.fork()
    if worker:
        return worker
    try:
        asyncio.run(_serve(settings, reuse_port=True))
    except BaseException as error:
        log.error("worker_failed", exc_info=error)
        os._exit(1)
    os._exit(0)


async def _serve(settings: Settings, *, reuse_port: bool) -> None:
    stop = asyncio.Event()
    for number in _STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    limits = HttpLimits(max_connections=settings.max_connections)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(open_service(settings))
        welcome = None
        if settings.embedded:
            welcome = await first_start(open_work=service.open_work, vault=service.house.vault, now=service.now())
        server = await stack.enter_async_context(
            await start_server(
                service_app(service), host=settings.host, port=settings.port, reuse_port=reuse_port, limits=limits
            )
        )
        if settings.metrics_port is not None:
            operations = operations_app(service)
            await stack.enter_async_context(
                await start_server(
                    operations, host=settings.host, port=settings.metrics_port, reuse_port=reuse_port, limits=limits
                )
            )
        _greet(settings, server.port, welcome)
        await stop.wait()
        log.info("stopping")


def _greet(settings: Settings, port: int, welcome: Welcome | None) -> None:
    address = f"http://{_reachable(settings.host)}:{port}"
    if welcome is not None:
        click.echo(_welcome(address, welcome))
    click.echo(f"Listening on {address}  (documentation: {address}/docs)")
    sys.stdout.flush()
    log.info("ready", port=port, pid=os.getpid())


def _welcome(address: str, welcome: Welcome) -> str:
    example = {
        "external_id": "c-1",
        "article": {"id": "a-1"},
        "author": {"name": "Ana", "email": "ana@example.org"},
        "text": EXAMPLE_SUBMISSION["text"],
    }
    return f"""
This is the first start: a site and an administrator were made. They are shown only now; keep them.

  site            {welcome.site.site}
  site key        {welcome.site.api_key}
  webhook secret  {welcome.site.webhook_secret}
  administrator   {welcome.admin}
  password        {welcome.password}

Post a first comment:

  curl -sS {address}/v1/sites/{welcome.site.site}/comments \\
    -H 'Authorization: Bearer {welcome.site.api_key}' \\
    -H 'Content-Type: application/json' \\
    -d '{json.dumps(example)}'

Read what is published:

  curl -sS {address}/v1/sites/{welcome.site.site}/articles/a-1/comments
"""


def _reachable(host: str) -> str:
    """Returns an address that a person on this machine can open."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
