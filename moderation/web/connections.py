"""The connections of a server, and the door in front of them: one too many is refused before it is heard.

aiohttp begins with every request that comes; here one that brings comments is begun only when there is room for it.
This reaches into names that aiohttp keeps for itself; `tests/doors/test_web_admission.py` tells when these move.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import NamedTuple

import structlog
from aiohttp import HttpVersion11, StreamReader, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.web_protocol import _ErrInfo
from aiohttp.web_urldispatcher import MatchInfoError

from moderation import errors
from moderation.web.admission import ADMISSION, Bringers, Place
from moderation.web.at_once import Begun
from moderation.web.errors import answer_errors, problem_response
from moderation.web.headers import request_id
from moderation.web.health import DRAINING
from moderation.web.limits import HTTP_LIMITS, HttpLimits
from moderation.web.patience import PatientConnection
from moderation.web.problems import problem, problem_headers
from moderation.web.refusals import RETRY_SECONDS, Refusals, refusal
from moderation.web.routes import ROUTES, Route
from moderation.web.strangers import Stranger
from moderation.web.whole import whole

log = structlog.stdlib.get_logger(__name__)

# For what is still running when the time to stop is over; aiohttp takes zero for "without an end".
_CUT_SECONDS = 0.1


class _Held(NamedTuple):
    """A request that waits to be refused. `closes`: its connection ends with the answer. `since`: monotonic seconds."""

    message: tuple[RawRequestMessage | _ErrInfo, StreamReader]
    route: Route
    closes: bool
    since: float


class Server(web.Server):
    """Makes connections, counts them, and is the last to catch an error."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(self._respond, request_factory=app._make_request)  # type: ignore[arg-type]
        self.app = app
        self.limits = app[HTTP_LIMITS]
        self.admission = app.get(ADMISSION)
        routes: tuple[Route, ...] = app.get(ROUTES, ())
        self.bringers = Bringers(routes)
        self.refusals = Refusals()
        self.strangers: set[asyncio.Transport] = set()

    def __call__(self) -> asyncio.Protocol:  # type: ignore[override]  # aiohttp only hands it to the event loop
        return _Connection(self, self.limits) if self._takes_connections else Stranger(self.app, self.strangers)

    @property
    def _takes_connections(self) -> bool:
        return len(self._connections) < self.limits.max_connections and not self.app[DRAINING].is_set()

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        """Answers a request that was let in or that needs no admission; refuses one too many."""
        admission = self.admission
        route = self.bringers.find(request.method, request._message.path) if admission else None
        if admission is None or route is None:
            return await self._answer(request)
        place = request.protocol.take_place()  # type: ignore[attr-defined]  # the protocol is ours
        if place is None:
            if not admission.is_open:
                return await self._turn_away(request, route)
            place = admission.enter()
        tells = route.comments == 1 and request.content.is_eof()  # not how long a sender takes
        try:
            response = await self._answer(request)
            tells = tells and (response.status < 300 or response.status == 503)
        finally:
            admission.leave(place, tells=tells)
        return response

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """The middlewares have turned most errors into answers; here are those from outside of them."""
        response = await answer_errors(request, self.app._handle)
        if self.app[DRAINING].is_set():
            response.force_close()
        return response

    async def _turn_away(self, request: web.Request, route: Route) -> web.StreamResponse:
        """Refuses a request whose body has not come in whole; what is missing of it is thrown away."""
        self.adopt(request)
        self.refusals.count(route.path, 0.0)
        error = errors.Overloaded(retry_after=RETRY_SECONDS)
        response = problem_response(problem(error))
        response.headers.update(problem_headers(error))
        return response

    def adopt(self, request: web.BaseRequest) -> None:
        """Makes a request that could not be read one of this application, so that its answer gets our headers."""
        if isinstance(request, web.Request):
            request._match_info = MatchInfoError(web.HTTPBadRequest())
            request._match_info.add_app(self.app)
        request_id(request)

    def pre_shutdown(self) -> None:
        """Closes idle connections only: aiohttp would also stop reading bodies that are still on their way."""
        self.refusals.close()
        for connection in self.connections:
            if connection._waiter is not None and not getattr(connection, "is_answering", False):
                connection.force_close()

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the signature is aiohttp's
        busy = {c._task_handler for c in self.connections if c._task_handler is not None}
        if busy:
            await asyncio.wait(busy, timeout=timeout)
        await super().shutdown(_CUT_SECONDS)


class _Connection(PatientConnection):
    """One connection, whose requests are begun, held or refused as there is room for what they bring."""

    __slots__ = ("_begun", "_held", "_later", "_place", "_server")

    def __init__(self, server: Server, limits: HttpLimits) -> None:
        super().__init__(server, limits)
        self._server = server
        self._held: _Held | None = None  # it waits to be refused
        self._place: Place | None = None  # of a request that was let in and is not handled yet
        self._begun: Begun | None = None  # it was begun without a handler
        self._later = b""  # what came in while that was not yet answered

    def connection_lost(self, exc: BaseException | None) -> None:
        self._held = None
        begun, self._begun = self._begun, None
        place = begun.place if begun is not None else self.take_place()
        if place is not None and self._server.admission is not None:
            self._server.admission.leave(place, tells=False)
        if begun is not None:
            begun.give_up()
        handler, brings = self._task_handler, self._is_bringing
        super().connection_lost(exc)
        if handler is not None and brings:
            handler.cancel()  # nobody is there to be told, and nothing was promised: a comment that waits need not wait

    @property
    def _is_bringing(self) -> bool:
        request = self._current_request
        return request is not None and self._server.bringers.find(request.method, request._message.path) is not None

    @property
    def is_answering(self) -> bool:
        """Whether a request is in work that has no handler."""
        return self._begun is not None

    def data_received(self, data: bytes) -> None:
        if self._begun is None:
            super().data_received(data)
        elif self.transport is not None:  # sent before the answer to the last one: it is read after that
            self._later += data
            self.transport.pause_reading()

    def _take(self, data: bytes) -> None:
        waiter = self._waiter
        if waiter is None or self._messages:
            super()._take(data)
            return
        self._waiter = None  # so that nobody begins with a request before it is let in
        super()._take(data)
        self._waiter = waiter
        if self._messages:
            self._let_in_or_hold()

    @property
    def _awaits_head(self) -> bool:
        return self._waiter is not None and self._held is None

    def _adopt(self, request: web.BaseRequest) -> None:
        self._server.adopt(request)

    def _let_in_or_hold(self) -> None:
        """Begins with a request, or wakes the handler of several, unless it is one alone that must not be begun now."""
        route = self._bringer()
        if self._held is not None:  # a second one was sent behind it: both go the ordinary way
            self._messages.appendleft(self._held.message)
            self._held = None
        elif not self._may_begin(route):
            self._hold()
            return
        elif self._begins_at_once(route):
            return
        self._wake()

    def _may_begin(self, route: Route | None) -> bool:
        """Tells whether what has come may be handled; takes a place for it if it needs one."""
        admission = self._server.admission
        if admission is None or route is None:
            return True
        if admission.is_open:
            self._place = admission.enter()
        return self._place is not None

    def _bringer(self) -> Route | None:
        """Returns the route of a request that has come alone, if it may bring comments."""
        message = self._messages[0][0]
        if len(self._messages) > 1 or isinstance(message, _ErrInfo):
            return None
        return self._server.bringers.find(message.method, message.path)

    def _begins_at_once(self, route: Route | None) -> bool:
        """Begins with what was let in, if it needs no handler for that. Returns whether it has."""
        place, (message, body) = self._place, self._messages[0]
        if place is None or route is None or route.at_once is None or isinstance(message, _ErrInfo):
            return False
        started = perf_counter()
        given = whole(message, body)
        try:
            promise = route.at_once(self._server.app, given) if given else None
        except Exception:  # a fault of ours: the handler meets it again, and there it is logged and answered
            return False
        if promise is None:
            return False
        self._messages.popleft()
        if self._parser is not None:
            self._parser.message_consumed()
        self._begun, self._place = Begun(route, place, promise, started=started), None
        promise.outcome.add_done_callback(self._finish)
        return True

    def _finish(self, _outcome: object) -> None:
        """Answers the request that was begun at once; not if its caller has left."""
        begun = self._begun
        if begun is None or self.transport is None:
            return  # it was given up, or will be when the connection has ended
        self._begun = None
        closes = self._server.app[DRAINING].is_set()
        status, answer = begun.finish(closes=closes)
        if self._server.admission is not None:
            self._server.admission.leave(begun.place, tells=status < 300 or status == 503)
        self.transport.write(answer)
        if closes:
            self.force_close()
            return
        self._next_keepalive_close_time = self._loop.time() + self._limits.idle_seconds
        if later := self._later:
            self._later = b""
            self.transport.resume_reading()
            self.data_received(later)

    def _process_keepalive(self) -> None:
        if self._begun is not None:  # aiohttp sees no handler, and would take the connection for an idle one
            self._next_keepalive_close_time = self._loop.time() + self._limits.idle_seconds
        super()._process_keepalive()

    def _hold(self) -> None:
        now, route, message = self._loop.time(), self._bringer(), self._messages.popleft()
        if route is None or isinstance(message[0], _ErrInfo):
            raise TypeError("only what may bring comments is held")
        closes = message[0].should_close or message[0].version < HttpVersion11
        self._held = _Held(message, route, closes, now)
        self._next_keepalive_close_time = now + self._limits.idle_seconds
        self._server.refusals.add(self)

    def take_place(self) -> Place | None:
        """Returns the place of the request that is now begun, which is then the caller's to give back."""
        place, self._place = self._place, None
        return place

    def release(self) -> None:
        """Lets the held request in if there is room by now, and refuses it otherwise."""
        if self._held is None or self.transport is None:
            return
        held, self._held = self._held, None
        self._messages.append(held.message)
        # What is missing of a body is read before the answer, or the peer might never see it: aiohttp knows how.
        if self._may_begin(held.route) or not held.message[1].is_eof():
            self._wake()
        else:
            self._messages.clear()
            self._refuse_unread(held, self.transport)

    def _refuse_unread(self, held: _Held, transport: asyncio.Transport) -> None:
        if self._parser is not None:
            self._parser.message_consumed()
        closes = held.closes or self._server.app[DRAINING].is_set()
        transport.write(refusal(closes=closes))
        self._server.refusals.count(held.route.path, self._loop.time() - held.since)
        if closes:
            self.force_close()
