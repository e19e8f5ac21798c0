"""aiohttp's connection with an end to its patience.

aiohttp closes a silent connection, but waits for half a head as long as for the next request, answers broken HTTP in
plain text, and logs it with a traceback that quotes header lines. The class here changes that and no more. It reaches
into names that aiohttp keeps for itself; `tests/doors/test_web_server.py` tells when these move.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler, RequestPayloadError, _ErrInfo

from moderation import errors, metrics
from moderation.logs import frames_of
from moderation.web.errors import PeerLeft, problem_response
from moderation.web.headers import request_id
from moderation.web.limits import HttpLimits
from moderation.web.problems import http_problem, problem

log = structlog.stdlib.get_logger(__name__)


class PatientConnection(RequestHandler):
    """One connection, with limits on the time and size of a head and on the time that answers stay unread."""

    __slots__ = ("_head_bytes", "_head_timer", "_limits", "_write_timer")

    def __init__(self, server: web.Server, limits: HttpLimits) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=limits.idle_seconds,
            lingering_time=limits.linger_seconds,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's way to switch it off
            max_line_size=limits.max_line_bytes,
            max_field_size=limits.max_field_bytes,
            max_headers=limits.max_fields,
            auto_decompress=False,
        )
        self._limits = limits
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._head_is_complete()
        self._reader_is_back()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        seen = self._request_count
        self._take(data)
        if self._request_count != seen:
            self._head_is_complete()
        elif data and self._awaits_head:
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.max_head_bytes:
                self._refuse(errors.TooLarge("The head of the request is too large."))
            elif self._head_timer is None:
                self._expect_head()
        if self._messages and isinstance(self._messages[-1][0], _ErrInfo):
            self._give_up_bodies()

    def _take(self, data: bytes) -> None:
        """Has the bytes parsed, and complete requests handled."""
        super().data_received(data)

    @property
    def _awaits_head(self) -> bool:
        return self._waiter is not None  # no request is being handled

    def _wake(self) -> None:
        """Has what has come handled."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _give_up_bodies(self) -> None:
        """Ends bodies that cannot be parsed any further: aiohttp takes the rest for a new request, and readers wait."""
        bodies = [body for _, body in self._messages]
        if self._current_request is not None:
            bodies.append(self._current_request.content)
        unfinished = [body for body in bodies if not body.is_eof()]
        for body in unfinished:
            body.set_exception(RequestPayloadError())
            body.feed_eof()
        if unfinished:
            self._messages.pop()
            self.close()

    def _expect_head(self) -> None:
        self._head_timer = self._loop.call_later(self._limits.head_seconds, self._head_is_late)

    def _head_is_complete(self) -> None:
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._head_bytes:
            self._refuse(errors.RequestTimeout("The head of the request did not arrive in time."))
        else:
            self.force_close()

    def _refuse(self, error: errors.ModerationError) -> None:
        """Answers a request that will never be complete, in the way of one that cannot be parsed."""
        self._head_is_complete()
        self._messages.append((_ErrInfo(400, error, ""), EMPTY_PAYLOAD))
        self._wake()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_timer = self._loop.call_later(self._limits.write_seconds, self._answer_is_unread)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reader_is_back()

    def _reader_is_back(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _answer_is_unread(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answers what never reached a handler. Logs one line, with none of the caller's bytes."""
        if isinstance(exc, ConnectionError):
            raise exc  # aiohttp ends the connection quietly
        if request.writer.output_size > 0:
            raise PeerLeft
        self._adopt(request)
        answer = http_problem(500)
        if isinstance(exc, HttpProcessingError):
            exc = errors.Malformed("The request is not HTTP as this server understands it.")
        if isinstance(exc, errors.ModerationError):
            answer = problem(exc)
            log.warning("broken_request", kind=answer["code"], request_id=request_id(request))
            metrics.HTTP_BROKEN_REQUESTS.labels(answer["code"]).inc()
        else:
            self.log_exception(exc_info=exc)
        response = problem_response(answer)
        response.force_close()
        return response

    def _adopt(self, request: web.BaseRequest) -> None:
        """Makes a request that could not be read look like one of an application."""

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """aiohttp would log `args`, which may hold an address; the frames say where it happened."""
        error = kw.get("exc_info")
        frames = frames_of(error) if isinstance(error, BaseException) else ""
        log.error("unexpected_error", error=type(error).__name__, exception=frames)
        metrics.UNEXPECTED_ERRORS.labels("connection").inc()
