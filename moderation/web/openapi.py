"""The route registry as an OpenAPI 3.1 document. Pydantic's schemas are JSON Schema 2020-12, so they fit."""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from moderation import errors
from moderation.web.problems import MEDIA_TYPE, Problem, http_problem, problem, status_of
from moderation.web.routes import ROUTES, Access, Answer, Parameter, Route

Json = dict[str, Any]


_SECURITY: Mapping[Access, list[Json]] = {
    Access.PUBLIC: [],
    Access.SITE_SIGNATURE: [{"webhookId": [], "webhookTimestamp": [], "webhookSignature": []}],
    Access.SITE_KEY: [{"siteKey": []}],
    Access.OPERATOR: [{"operatorToken": []}],
    Access.MODERATOR: [{"moderatorToken": []}, {"moderatorSession": []}],
    Access.ADMIN: [{"moderatorToken": []}, {"moderatorSession": []}],
}

_SCHEMES: Json = {
    "webhookId": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-id",
        "description": "Standard Webhooks 1.0.0: the id of this delivery; a repetition keeps it.",
    },
    "webhookTimestamp": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-timestamp",
        "description": "Seconds since 1970 (UTC), at most 5 minutes away from our clock.",
    },
    "webhookSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "`v1,` and the base64 of an HMAC-SHA256 over `id.timestamp.body`; spaces between several.",
    },
    "siteKey": {"type": "http", "scheme": "bearer", "description": "The API key of a site."},
    "operatorToken": {"type": "http", "scheme": "bearer", "description": "The token for metrics."},
    "moderatorToken": {"type": "http", "scheme": "bearer", "description": "The token of a moderator."},
    "moderatorSession": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-moderation",
        "description": "The session of the console; changes need its CSRF token as well.",
    },
}

_HEADERS: Json = {
    "X-Request-Id": {"description": "Our id of this request, as it is in our logs.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "How to say who one is.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "The limit: q requests in w seconds.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of it: r requests, again in t seconds.", "schema": {"type": "string"}},
}


def build_document(routes: Sequence[Route], *, title: str, version: str, description: str) -> Json:
    """Returns the document for all routes that want to be documented."""
    shown = [route for route in routes if route.documented]
    schemas, references = _schemas(shown)
    paths: dict[str, Json] = defaultdict(dict)
    for route in shown:
        paths[_openapi_path(route.path)][route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.1",
        "info": {"title": title, "version": version, "description": description},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in shown)],
        "paths": dict(paths),
        "components": {"schemas": schemas, "securitySchemes": _schemes(shown), "headers": _HEADERS},
    }


def _schemes(routes: Iterable[Route]) -> Json:
    """Returns the credentials that some route takes, in the order in which they are told above."""
    taken = {name for route in routes for together in _SECURITY[route.access] for name in together}
    return {name: scheme for name, scheme in _SCHEMES.items() if name in taken}


_Key = tuple[type[BaseModel], JsonSchemaMode]


def _schemas(routes: Iterable[Route]) -> tuple[Json, Mapping[_Key, Json]]:
    """Returns the schemas by name, and a reference to each model as it is read (requests) or written (answers)."""
    wanted: dict[_Key, None] = {(Problem, "serialization"): None}
    for route in routes:
        if route.request is not None:
            wanted[route.request, "validation"] = None
        for answer in route.answers:
            if answer.body is not None:
                wanted[answer.body, "serialization"] = None
    references, definitions = models_json_schema(list(wanted), ref_template="#/components/schemas/{model}")
    return definitions.get("$defs", {}), {key: references[key] for key in wanted}


def _operation(route: Route, references: Mapping[_Key, Json]) -> Json:
    operation: Json = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.description,
        "security": _SECURITY[route.access],
        "responses": {str(a.status): _answer(a, references) for a in route.answers},
    }
    if route.parameters:
        operation["parameters"] = [_parameter(parameter) for parameter in route.parameters]
    if route.request is not None:
        content: Json = {"schema": references[route.request, "validation"]}
        if route.examples:
            content["examples"] = {name: {"value": value} for name, value in route.examples.items()}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(route.request_types, content)}
    _add_problems(operation["responses"], route, references[Problem, "serialization"])
    if route.pages:
        _add_pages(operation["responses"])
    return operation


def _answer(answer: Answer, references: Mapping[_Key, Json]) -> Json:
    described: Json = {"description": answer.description, "headers": _header_references(["X-Request-Id"])}
    for name, meaning in answer.headers.items():
        described["headers"][name] = {"description": meaning, "schema": {"type": "string"}}
    if answer.status != HTTPStatus.NO_CONTENT:
        content: Json = {"schema": references[answer.body, "serialization"] if answer.body else _unmodelled(answer)}
        if answer.example is not None:
            content["example"] = answer.example
        described["content"] = {answer.media_type: content}
    return described


def _unmodelled(answer: Answer) -> Json:
    """Returns the schema of an answer without a model: any JSON, or else a text."""
    return {} if answer.media_type == "application/json" else {"type": "string"}


def _add_problems(responses: Json, route: Route, schema: Json) -> None:
    """Adds one response a status, with an example for every code that it can carry, and `default` for all others."""
    by_status: dict[int, list[type[errors.ModerationError]]] = defaultdict(list)
    for kind in route.all_problems:
        by_status[status_of(kind)].append(kind)
    for status, kinds in sorted(by_status.items()):
        examples = {kind.code: {"value": problem(_specimen(kind))} for kind in kinds}
        described = responses.setdefault(str(status), {"description": HTTPStatus(status).phrase, "content": {}})
        described["headers"] = _header_references(["X-Request-Id", *_problem_headers(kinds)])
        described["content"][MEDIA_TYPE] = {"schema": schema, "examples": examples}
    responses["default"] = {
        "description": "Any other problem.",
        "headers": _header_references(["X-Request-Id"]),
        "content": {MEDIA_TYPE: {"schema": schema, "example": http_problem(500)}},
    }


def _add_pages(responses: Json) -> None:
    """Adds to every answer with a body that browsers get it as a page."""
    for status, described in responses.items():
        if not status.startswith("3"):
            described["content"]["text/html"] = {"schema": {"type": "string"}}


def _specimen(kind: type[errors.ModerationError]) -> errors.ModerationError:
    """Returns an error of this class as an example."""
    if issubclass(kind, errors.Invalid):
        return kind([errors.FieldError("author.email", "required", "This field is required.")])
    if issubclass(kind, errors.Flood):
        return kind(limit=10, window=60, retry_after=42)
    if issubclass(kind, errors.TryLater):
        return kind(retry_after=1)
    return kind()


def _problem_headers(kinds: Sequence[type[errors.ModerationError]]) -> list[str]:
    names = []
    if any(issubclass(kind, errors.Unauthenticated) for kind in kinds):
        names.append("WWW-Authenticate")
    if any(issubclass(kind, errors.TryLater) for kind in kinds):
        names.append("Retry-After")
    if any(issubclass(kind, errors.Flood) for kind in kinds):
        names += ["RateLimit-Policy", "RateLimit"]
    return names


def _header_references(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _parameter(parameter: Parameter) -> Json:
    described: Json = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "required": parameter.required or parameter.place == "path",
        "schema": dict(parameter.schema),
    }
    if parameter.example is not None:
        described["example"] = parameter.example
    return described


def _openapi_path(path: str) -> str:
    """`{id:[0-9a-f-]{36}}` in aiohttp's writing is `{id}` in OpenAPI's; braces may be nested once."""
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", path)


class Document:
    """The document of an application. It is made when it is first asked for, which takes as long as half of a start."""

    def __init__(self, routes: Sequence[Route], *, title: str, version: str, description: str) -> None:
        self._routes = routes
        self._title = title
        self._version = version
        self._description = description

    @cached_property
    def content(self) -> Json:
        """The document itself."""
        return build_document(self._routes, title=self._title, version=self._version, description=self._description)

    @cached_property
    def as_json(self) -> bytes:
        """The document as it is sent."""
        return json.dumps(self.content).encode()


DOCUMENT = web.AppKey("DOCUMENT", Document)


def keep_document(app: web.Application, *, title: str, version: str, description: str) -> None:
    """Gives the application the document of all routes registered so far."""
    routes = app[ROUTES]
    app[DOCUMENT] = Document(routes, title=title, version=version, description=description)


async def openapi_json(request: web.Request) -> web.Response:
    """Answers with the document."""
    document = request.app[DOCUMENT]
    # In a thread, for others wait on the loop.
    body = await asyncio.to_thread(lambda: document.as_json)
    return web.Response(body=body, content_type="application/json")


OPENAPI_ROUTE = Route(
    "GET",
    "/openapi.json",
    openapi_json,
    Access.PUBLIC,
    operation_id="get_openapi",
    tag="operations",
    summary="This document",
    description="Generated from the routes, so that it cannot say anything else than the service does.",
    answers=(Answer(200, "An OpenAPI 3.1 document."),),
)
