"""Starts and stops a server: requests in flight are answered, and no new ones begun."""

from __future__ import annotations

import asyncio
from types import TracebackType

from aiohttp import web

from moderation.web.connections import Server
from moderation.web.health import DRAINING, LEAVING
from moderation.web.limits import HTTP_LIMITS, HttpLimits

_BACKLOG = 1024

# Turns of the event loop in which an accepted connection gets its protocol; one is needed, one is spare.
_TURNS_TO_TAKE_IN = 2


class RunningServer:
    """A server that takes requests. Leaving it as a context stops it."""

    def __init__(self, runner: _Runner, port: int) -> None:
        self.port = port
        self._runner = runner

    def leave(self) -> None:
        """Turns `/readyz` to 503. Everything else is answered as before: who hands requests out looks there first."""
        self._runner.app[LEAVING].set()

    def drain(self) -> None:
        """Ends every connection with its next answer, and lets nobody new in; `/readyz` answers 503."""
        self._runner.app[DRAINING].set()

    async def stop(self) -> None:
        """Takes no new connections, waits for requests in flight, cuts the rest, and cleans the application up."""
        self.drain()
        await self._runner.leave_the_door()
        await self._runner.cleanup()

    async def __aenter__(self) -> RunningServer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()


async def start_server(
    app: web.Application, *, host: str, port: int, reuse_port: bool = False, limits: HttpLimits | None = None
) -> RunningServer:
    """Starts the application and listens; port 0 means any free one. Raises OSError when the port is taken."""
    app[HTTP_LIMITS] = limits or HttpLimits()
    app.setdefault(LEAVING, asyncio.Event())
    app.setdefault(DRAINING, asyncio.Event())
    runner = _Runner(app)
    try:
        await runner.setup()
        site = web.TCPSite(runner, host, port, reuse_port=reuse_port or None, backlog=_BACKLOG)
        await site.start()
    except BaseException:
        await runner.cleanup()
        raise
    return RunningServer(runner, site.port)


class _Runner(web.AppRunner):
    def __init__(self, app: web.Application) -> None:
        super().__init__(app, shutdown_timeout=app[HTTP_LIMITS].stop_seconds)

    async def leave_the_door(self) -> None:
        """Accepts nobody any more, and lets those in who were accepted a moment ago.

        asyncio drops a connection that it has accepted and not yet served when it closes the socket in between, and
        does not end it (https://github.com/python/cpython/issues/109564): its caller would wait for nothing.
        """
        loop = asyncio.get_running_loop()
        doors = [site._server for site in self.sites]  # aiohttp keeps the name for itself; there is no other way
        for door in doors:
            if isinstance(door, asyncio.Server):
                for listening in door.sockets:
                    loop.remove_reader(listening.fileno())
        for _ in range(_TURNS_TO_TAKE_IN):
            await asyncio.sleep(0)

    async def _make_server(self) -> web.Server:
        await super()._make_server()  # runs the start-up and freezes the application; its own server is not used
        return Server(self.app)
