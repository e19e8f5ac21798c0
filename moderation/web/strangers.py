"""A connection above the limit gets a refusal as soon as a request comes on it, if one comes soon, and is closed."""

from __future__ import annotations

import asyncio
from typing import cast

from aiohttp import web

from moderation import metrics
from moderation.web.health import DRAINING
from moderation.web.refusals import refusal

_STRANGER_SECONDS = 1.0
_MAX_STRANGERS = 250


class Stranger(asyncio.Protocol):
    """One such connection: its first bytes are answered, whatever they are."""

    def __init__(self, app: web.Application, known: set[asyncio.Transport]) -> None:
        """`known` are all such connections that are open now."""
        self._app = app
        self._known = known
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        metrics.HTTP_REFUSED_CONNECTIONS.inc()
        if self._app[DRAINING].is_set() or len(self._known) >= _MAX_STRANGERS:
            transport.close()
            return
        self._transport = cast("asyncio.Transport", transport)
        self._known.add(self._transport)
        self._timer = asyncio.get_running_loop().call_later(_STRANGER_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(refusal(closes=True))
            self._transport.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._known.discard(self._transport)
