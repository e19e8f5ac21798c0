"""The doors for endpoints, as data."""

from __future__ import annotations

from moderation import errors
from moderation.api import endpoints
from moderation.domain import State
from moderation.web.complaint_fields import EndpointFields, ReplayFields, SwitchEndpointFields
from moderation.web.review_fields import DEFAULT_LIMIT, MAX_LIMIT
from moderation.web.routes import Access, Answer, Parameter, Route

_SITE = Parameter("site", "path", "The name of the site.", example="daily-planet")
_ENDPOINT = Parameter("id", "path", "The endpoint.", {"type": "string", "format": "uuid"})
_READ = (errors.NotFound, errors.StorageUnavailable)

ROUTES = (
    Route(
        "GET",
        "/v1/sites/{site}/endpoints",
        endpoints.list_endpoints,
        Access.ADMIN,
        operation_id="list_endpoints",
        tag="moderators",
        summary="Where a site is told what became of its comments",
        description="With what waits for each endpoint, and what was given up.",
        answers=(Answer(200, "The endpoints.", endpoints.EndpointsBody),),
        parameters=(_SITE,),
        problems=_READ,
    ),
    Route(
        "POST",
        "/v1/sites/{site}/endpoints",
        endpoints.add_endpoint,
        Access.ADMIN,
        operation_id="add_endpoint",
        tag="moderators",
        summary="Add an endpoint",
        description="Answers with the secret that signs what is sent there; it is told only now.",
        answers=(Answer(201, "The endpoint and its secret.", endpoints.SecretBody),),
        parameters=(_SITE,),
        request=EndpointFields,
        problems=_READ,
        examples={"one": {"url": "https://planet.example.com/hooks", "events": ["comment.approved"]}},
    ),
    Route(
        "PATCH",
        "/v1/endpoints/{id}",
        endpoints.switch_endpoint,
        Access.ADMIN,
        operation_id="switch_endpoint",
        tag="moderators",
        summary="Switch an endpoint on or off",
        description="What waits for it waits; what happens while it is off is not kept for it, and can be replayed.",
        answers=(Answer(200, "The endpoint.", endpoints.EndpointBody),),
        parameters=(_ENDPOINT,),
        request=SwitchEndpointFields,
        problems=_READ,
        examples={"off": {"on": False}},
    ),
    Route(
        "POST",
        "/v1/endpoints/{id}/rotate",
        endpoints.rotate_endpoint,
        Access.ADMIN,
        operation_id="rotate_endpoint",
        tag="moderators",
        summary="Give an endpoint a new secret",
        description="The one before it signs along for a day.",
        answers=(Answer(201, "The new secret.", endpoints.SecretBody),),
        parameters=(_ENDPOINT,),
        problems=_READ,
    ),
    Route(
        "POST",
        "/v1/endpoints/{id}/replay",
        endpoints.replay_endpoint,
        Access.ADMIN,
        operation_id="replay_endpoint",
        tag="moderators",
        summary="Have an endpoint told again",
        description=(
            "One message by its `webhook-id`; or all that was given up, and with `since` also what happened from then "
            "on while the endpoint was off or not there yet."
        ),
        answers=(Answer(200, "How many are sent again.", endpoints.ReplayedBody),),
        parameters=(_ENDPOINT,),
        request=ReplayFields,
        problems=_READ,
        examples={"all that was given up": {}, "since": {"since": "2026-11-23T10:00:00Z"}},
    ),
    Route(
        "GET",
        "/v1/endpoints/{id}/deliveries",
        endpoints.list_deliveries,
        Access.ADMIN,
        operation_id="list_deliveries",
        tag="moderators",
        summary="The delivery log of an endpoint",
        description="Newest first, each with every try.",
        answers=(Answer(200, "A page of the log.", endpoints.DeliveriesBody),),
        parameters=(
            _ENDPOINT,
            Parameter("state", "query", "What became of them.", {"enum": [*State]}),
            Parameter(
                "limit",
                "query",
                "How many.",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            ),
            Parameter("cursor", "query", "`next_cursor` of the page before.", {"type": "integer", "minimum": 1}),
        ),
        problems=(*_READ, errors.Invalid),
    ),
)
