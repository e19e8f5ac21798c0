"""Routes as data: what the router needs and what the documentation says, in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from moderation import errors
from moderation.web.body import BODY_LIMIT, DEFAULT_MAX_BYTES, leave_expectation
from moderation.web.whole import Beginning

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# Returns when the caller may go on, and raises what stands in the way.
Guard = Callable[[web.Request], Awaitable[object]]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Access(StrEnum):
    """Who may call a route. For moderators and administrators a guard checks it before the handler is called, see
    `register`; all others are checked by the handler, which has to know the site or the body for it."""

    PUBLIC = "public"
    SITE_SIGNATURE = "site_signature"
    SITE_KEY = "site_key"
    OPERATOR = "operator"
    MODERATOR = "moderator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a route, with its JSON schema. What is in a path is always required."""

    name: str
    place: Literal["path", "query", "header"]
    description: str
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    example: object = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that is not a problem. Without a `body` it is shown as text, or as nothing when status is 204."""

    status: int
    description: str
    body: type[BaseModel] | None = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)  # name and meaning
    example: object = None


@dataclass(frozen=True, slots=True)
class Route:
    """One method at one address."""

    method: Method
    path: str  # as aiohttp writes it: `/v1/sites/{site}`, `/v1/comments/{id:[0-9a-f-]{36}}`
    handler: Handler
    access: Access
    operation_id: str
    tag: str
    summary: str
    description: str
    answers: tuple[Answer, ...]
    parameters: tuple[Parameter, ...] = ()
    request: type[BaseModel] | None = None
    request_types: tuple[str, ...] = ("application/json",)
    problems: tuple[type[errors.ModerationError], ...] = ()  # those of its own, see `all_problems`
    examples: Mapping[str, object] = field(default_factory=dict)  # of the request, by name
    pages: bool = False  # whoever does not ask for JSON gets a page, also for its own problems
    documented: bool = True  # False for pages for people
    max_bytes: int = DEFAULT_MAX_BYTES  # of the body, on routes for moderators and administrators
    comments: int = 0  # that one request can bring, to be judged and stored; while too many wait, it is refused unread
    at_once: Beginning | None = None  # begins with a request that brings one comment and has come whole

    @property
    def all_problems(self) -> tuple[type[errors.ModerationError], ...]:
        """The problems of its own, and those that follow from its access and from having a body."""
        implied: list[type[errors.ModerationError]] = []
        if self.access is not Access.PUBLIC:
            implied.append(errors.Unauthenticated)
        if self.access is Access.SITE_SIGNATURE:
            implied += [errors.BadSignature, errors.StaleTimestamp]
        if self.access in (Access.MODERATOR, Access.ADMIN):
            implied.append(errors.Forbidden)
        if self.request is not None:
            implied += [
                errors.Malformed,
                errors.RequestTimeout,
                errors.TooLarge,
                errors.UnsupportedMediaType,
                errors.Invalid,
            ]
        return tuple(dict.fromkeys([*implied, *self.problems]))


ROUTES: web.AppKey[tuple[Route, ...]] = web.AppKey("ROUTES", tuple)

# A handler that forgot to ask who is there would be open to everyone: for these it is asked outside of the handler.
GUARDED = frozenset({Access.MODERATOR, Access.ADMIN})


def register(
    app: web.Application, routes: Iterable[Route], *, guards: Mapping[Access, Guard] = MappingProxyType({})
) -> None:
    """Adds the routes to the application, behind those it has. GET brings HEAD along.

    Raises KeyError when a route for moderators comes without a guard for it.
    """
    routes = tuple(routes)
    for route in routes:
        handler = _guarded(route, guards[route.access]) if route.access in GUARDED else route.handler
        resource = app.router.add_resource(route.path)
        for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
            resource.add_route(method, handler, expect_handler=leave_expectation)
    app[ROUTES] = (*app.get(ROUTES, ()), *routes)


def _guarded(route: Route, guard: Guard) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        request[BODY_LIMIT] = route.max_bytes  # before the guard, which looks for a token in forms
        await guard(request)
        return await route.handler(request)

    return guarded
