"""Refusing so cheaply that those who were let in are not slowed down: bytes made in advance, a few at a time.

A refused client comes again at once if it is answered at once. So only some refusals are sent a second; the others wait
for their turn, a fraction of a second, and what waits sends nothing. One that waits may still be let in.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Protocol

import structlog

from moderation import metrics
from moderation.errors import Overloaded
from moderation.web.access import series_of
from moderation.web.headers import random_id, written
from moderation.web.problems import MEDIA_TYPE, problem, problem_headers

log = structlog.stdlib.get_logger(__name__)

RETRY_SECONDS = 1

# 6,400 a second, a fifth of a core or less; with a thousand connections nobody waits longer than a sixth of a second.
_TICK_SECONDS = 0.005
_A_TICK = 32

_TELL_SECONDS = 1.0


class Held(Protocol):
    """A connection whose request waits to be refused."""

    def release(self) -> None:
        """Lets it in, or refuses it, as things are now."""


class Refusals:
    """Those that wait to be refused, released in their order and at a steady pace."""

    def __init__(self) -> None:
        self._waiting: deque[Held] = deque()
        self._left = _A_TICK
        self._timer: asyncio.TimerHandle | None = None
        self._refused = 0
        self._told_at = 0.0

    def add(self, held: Held) -> None:
        """Releases it at once if few were refused lately, otherwise in its turn."""
        if self._left and not self._waiting:
            self._left -= 1
            held.release()
        else:
            self._waiting.append(held)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._tick)

    def count(self, route: str, seconds: float) -> None:
        """Counts a refusal as every other answer is counted; the log tells how many there were, once a second."""
        requests, durations = series_of(route, "POST", 503)
        requests.inc()
        durations.observe(seconds)
        metrics.REFUSALS.labels(Overloaded.code).inc()
        self._refused += 1

    def close(self) -> None:
        """Releases everybody."""
        while self._waiting:
            self._waiting.popleft().release()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._tell(loop.time())
        quiet = self._left == _A_TICK and not self._waiting and not self._refused
        self._left = _A_TICK
        while self._waiting and self._left:
            self._left -= 1
            self._waiting.popleft().release()
        self._timer = None if quiet else loop.call_later(_TICK_SECONDS, self._tick)

    def _tell(self, now: float) -> None:
        if self._refused and now - self._told_at >= _TELL_SECONDS:
            log.warning("overloaded", refused=self._refused)
            self._refused, self._told_at = 0, now


_ERROR = Overloaded(retry_after=RETRY_SECONDS)
_BODY = json.dumps(problem(_ERROR)).encode()
_HEADERS = {**problem_headers(_ERROR), "Content-Type": MEDIA_TYPE, "Content-Length": str(len(_BODY))}
_HEAD = "HTTP/1.1 503 Service Unavailable\r\n" + "".join(f"{name}: {value}\r\n" for name, value in _HEADERS.items())


def refusal(*, closes: bool) -> bytes:
    """Returns 503 `overloaded` as it is sent. `closes`: the connection ends with it."""
    ending = "Connection: close\r\n\r\n" if closes else "\r\n"
    return (_HEAD + written(random_id()) + ending).encode("ascii") + _BODY
