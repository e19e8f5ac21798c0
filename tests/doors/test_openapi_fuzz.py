"""The document is held against the running service: schemathesis invents requests from it and checks every answer.

`make test` runs a short and repeatable part; `make fuzz` sets FUZZ_EXAMPLES to run a long one.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from moderation.app import service_app
from moderation.domain import Role
from moderation.web.body import NDJSON_TYPES
from moderation.web.openapi import DOCUMENT
from moderation.web.problems import meanings
from moderation.web.routes import ROUTES, Route
from moderation.wiring import Service
from moderation.workflows.moderators import add_moderator, add_token
from tests.doors.newsroom import Desk, held
from tests.doors.site_system import SiteSystem

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
# Every run sends the same, so that a failure can be repeated; another number sends something else.
SEED = int(os.environ.get("FUZZ_SEED", "20261123"))

OPERATIONS = (
    "receive_webhook",
    "post_comment",
    "post_comments",
    "list_comments",
    "count_comments",
    "show_form",
    "send_form",
    "site_feed",
    "article_feed",
    "list_queue",
    "get_comment",
    "decide",
    "claim",
    "release",
    "add_note",
    "reveal_email",
    "decide_many",
    "undo_decision",
    "undo_batch",
    "get_author",
    "set_standing",
    "list_articles",
    "switch_article",
    "list_authors",
    "list_trail",
    "get_figures",
    "get_condition",
    "get_settings",
    "change_settings",
    "preview_settings",
    "try_text",
    "show_report_form",
    "send_report",
    "show_receipt",
    "show_appeal",
    "send_appeal",
    "get_statement",
    "list_appeals",
    "decide_appeal",
    "reveal_contact",
    "list_endpoints",
    "add_endpoint",
    "switch_endpoint",
    "rotate_endpoint",
    "replay_endpoint",
    "list_deliveries",
    "get_health",
    "get_readiness",
    "get_metrics",
    "get_openapi",
)
OPERATIONS_WITH_INPUT = OPERATIONS[:-4]
# Has no end; see test_events.py.
ENDLESS = "follow_events"

PATIENCE_SECONDS = 10.0
KNOWN_CODES = frozenset(meanings())


_DOCUMENTS: dict[bool, dict[str, Any]] = {}


@pytest.fixture
def document(service: Service) -> dict[str, Any]:
    """What a service on this database tells of itself; made once on each, because it takes a while."""
    embedded = service.house.settings.embedded
    if embedded not in _DOCUMENTS:
        _DOCUMENTS[embedded] = service_app(service)[DOCUMENT].content
    return _DOCUMENTS[embedded]


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_document_tells_all_routes_and_no_others(service: Service, document: dict[str, Any]) -> None:
    routes: tuple[Route, ...] = service_app(service)[ROUTES]
    told = {
        (method.upper(), path, operation["operationId"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert told == {
        (route.method, re.sub(r"\{(\w+):[^{}]*\}", r"{\1}", route.path), route.operation_id)
        for route in routes
        if route.documented
    }


def test_the_document_tells_the_credentials_that_some_operation_takes_and_no_others(document: dict[str, Any]) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    taken = {name for operation in operations for together in operation["security"] for name in together}
    assert set(document["components"]["securitySchemes"]) == taken


def test_a_batch_may_have_each_of_its_names_and_meet_a_database_that_does_not_answer(document: dict[str, Any]) -> None:
    operation = document["paths"]["/v1/sites/{site}/comments/batch"]["post"]
    assert {"application/x-ndjson", "application/jsonl", "text/plain"} == set(operation["requestBody"]["content"])
    unavailable = operation["responses"]["503"]["content"]["application/problem+json"]
    assert set(unavailable["examples"]) == {"overloaded", "storage_unavailable"}


def test_every_operation_is_fuzzed(document: dict[str, Any]) -> None:
    told = {op["operationId"] for operations in document["paths"].values() for op in operations.values()}
    assert told == {*OPERATIONS, ENDLESS}


class Signer(requests.auth.AuthBase):
    """Gives a request a key, or else a signature over the body as it goes out."""

    def __init__(self, site: SiteSystem, key: str | None) -> None:
        self._site = site
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key is not None:
            request.headers["Authorization"] = f"Bearer {self._key}"
            return request
        body = request.body or b""
        assert isinstance(body, bytes | str)
        # The library signs text only; what is none goes out unsigned and is refused for that.
        with suppress(UnicodeDecodeError):
            signed = self._site.signed(body if isinstance(body, bytes) else body.encode())
            request.headers.update({name: value for name, value in signed.items() if name.startswith("webhook-")})
        return request


@schemathesis.serializer(*NDJSON_TYPES)
def one_line(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Writes what the schema of a line gave as a batch of one line."""
    return json.dumps(value).encode() + b"\n"


# A schema cannot tell all that makes a request good: the library for addresses, the clock, cursors. A line of a batch
# that is refused is told in the answer to the batch, which is well.
NOT_CHECKED: list[schemathesis.CheckFunction] = [checks.positive_data_acceptance]
NOT_CHECKED_OF_BATCHES: list[schemathesis.CheckFunction] = [*NOT_CHECKED, checks.negative_data_rejection]

# Who may call is the subject of tests/rooms/test_access_rules.py; here everybody may.
CONFIG = {"generation": {"with-security-parameters": False}, "checks": {"ignored_auth": {"enabled": False}}}


def known_to(site: SiteSystem, ids: dict[str, str], document: dict[str, Any]) -> dict[str, Any]:
    """Returns the document for a caller who knows the name of the site, and the id of a comment and of its author:
    invented ones are not found and no more."""
    document = deepcopy(document)
    for path, operations in document["paths"].items():
        known = {"site": site.slug, "id": ids.get(path.split("/")[2]) if path.startswith("/v1/") else None}
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if value := known.get(parameter["name"]):
                    parameter["schema"] = {"type": "string", "enum": [value]}
    return document


@pytest.mark.slow
@pytest.mark.usefixtures("no_flood_limit")
@pytest.mark.parametrize(
    ("operation", "mode"),
    [(operation, GenerationMode.POSITIVE) for operation in OPERATIONS]
    + [(operation, GenerationMode.NEGATIVE) for operation in OPERATIONS_WITH_INPUT],
)
async def test_every_answer_is_one_of_those_that_the_document_tells(
    site: SiteSystem, service: Service, document: dict[str, Any], operation: str, mode: GenerationMode
) -> None:
    keys = {"webhookSignature": None, "siteKey": site.key}
    taken = {scheme for together in operation_of(document, operation)["security"] for scheme in together}
    token = await token_of_an_administrator(service, site)
    signer = Signer(site, next((keys[scheme] for scheme in keys if scheme in taken), token))
    ids = await ids_of_a_comment(site, token)
    schema = schemathesis.openapi.from_dict(known_to(site, ids, document), config=schemathesis.Config.from_dict(CONFIG))
    cases = schema.find_operation_by_id(operation).as_strategy(mode)
    base = str(site.client._base_url)
    excluded = NOT_CHECKED_OF_BATCHES if operation == "post_comments" else NOT_CHECKED
    statuses: list[int] = []

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def hold_against_the_document(case: schemathesis.Case[Any]) -> None:
        response = case.call(base_url=base, auth=signer, timeout=PATIENCE_SECONDS)
        statuses.append(response.status_code)
        case.validate_response(response, excluded_checks=excluded)
        for problem in problems_in(response):
            assert problem["code"] in KNOWN_CODES

    # The server answers in this loop, so the requests come from another thread.
    await asyncio.to_thread(hold_against_the_document)
    assert statuses
    assert mode is GenerationMode.NEGATIVE or 401 not in statuses, "the signer does not do its work"


def problems_in(response: schemathesis.Response) -> list[dict[str, Any]]:
    """Returns the problem that an answer is, or those on the lines of a batch's answer."""
    [kind] = response.headers.get("content-type", [""])  # 204 has none
    if kind == "application/problem+json":
        return [response.json()]
    if kind == "application/x-ndjson":
        return [line for line in map(json.loads, response.content.splitlines()) if "code" in line]
    return []


def operation_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    operations = (operation for path in document["paths"].values() for operation in path.values())
    found: dict[str, Any] = next(operation for operation in operations if operation["operationId"] == name)
    return found


async def ids_of_a_comment(site: SiteSystem, token: str) -> dict[str, str]:
    """Returns the ids of a comment, its author and its article, by the part of an address that stands before them."""
    desk = Desk(site, "root", token)
    comment = await held(site, "c-1")
    article = (await desk.ask("GET", f"/v1/sites/{site.slug}/articles")).json["items"][0]["key"]
    endpoint = await desk.ask("POST", f"/v1/sites/{site.slug}/endpoints", {"url": "https://planet.example.com/hook"})
    endpoints = {"endpoints": endpoint.json["endpoint"]}
    return endpoints | {"comments": comment, "authors": (await desk.find("c-1"))["author"]["id"], "articles": article}


async def token_of_an_administrator(service: Service, site: SiteSystem) -> str:
    open_work, now = service.open_work, service.now()
    await add_moderator("root", Role.ADMIN, [site.slug], password=None, open_work=open_work, now=now)
    return await add_token("root", open_work=open_work, now=now)
