"""Requests that are begun where they arrive, without the ordinary way through aiohttp.

For each request aiohttp makes a task, a request, an answer and a walk through the middlewares, which takes longer than
to verify and check a comment. A route may say what it does with a request that is there already (`Route.at_once`); then
the connection begins with it at once and writes the answer when it is known. Whatever is unusual or wrong about a
request goes the ordinary way, to the handler of its route.
"""

from __future__ import annotations

import asyncio
from time import perf_counter

import structlog

from moderation.web.access import CALLER_LEFT, record
from moderation.web.admission import Place
from moderation.web.errors import answer_to
from moderation.web.headers import random_id
from moderation.web.ready import as_sent, json_as_sent
from moderation.web.routes import Route
from moderation.web.whole import Promise


class Begun:
    """A request that was begun at once, in its place among those that are in work."""

    def __init__(self, route: Route, place: Place, promise: Promise, *, started: float) -> None:
        """`started`: seconds of `perf_counter`, before anything was done for it."""
        self.place = place
        self.outcome = promise.outcome
        self._answer = promise.answer
        self._route = route
        self._started = started

    def finish(self, *, closes: bool) -> tuple[int, bytes]:
        """Returns status and answer, as it is sent. `closes`: the connection ends with it."""
        own_id = random_id()
        try:
            status, body = self._answer(self.outcome.result())
            sent = json_as_sent(status, body, own_id, closes=closes)
        except (Exception, asyncio.CancelledError) as error:  # whoever has promised it may have cancelled it
            with structlog.contextvars.bound_contextvars(request_id=own_id):
                response = answer_to(error)
            status, sent = response.status, as_sent(response, own_id, closes=closes)
        self._record(status, own_id)
        return status, sent

    def give_up(self) -> None:
        """The caller has left, and nothing was promised: a comment that waits need not wait any more."""
        if not self.outcome.cancel() and not self.outcome.cancelled():
            self.outcome.exception()  # seen: asyncio would log it, with all that it says
        self._record(CALLER_LEFT, random_id())

    def _record(self, status: int, own_id: str) -> None:
        record(self._route.path, self._route.method, status, perf_counter() - self._started, request_id=own_id)
