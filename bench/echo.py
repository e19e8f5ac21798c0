"""The least that a web service of this kind can do: aiohttp takes a body and gives it back. What we compare with."""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web


async def echo(request: web.Request) -> web.Response:
    """Answers with the body."""
    return web.Response(body=await request.read(), content_type="application/json")


def echoing() -> web.Application:
    """Returns an application that echoes at every address."""
    app = web.Application()
    app.router.add_post("/{path:.*}", echo)
    return app


async def serve(app: web.Application) -> None:
    """Serves on a free port, which it prints, until the process is ended."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    await web.SockSite(runner, listener).start()
    print(listener.getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(echoing()))
