"""What happens at the doors for endpoints: where a site is told, and what became of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field

from moderation import domain
from moderation.api.answers import answer
from moderation.api.given import given_body, given_id
from moderation.delivery import message_id
from moderation.web.complaint_fields import DeliveryQuery, EndpointFields, ReplayFields, SwitchEndpointFields
from moderation.web.desk_fields import read_listing
from moderation.web.identity import current_moderator, given_site, service_of
from moderation.workflows.endpoints import Endpoints, EndpointState, LetterFile


class EndpointBody(BaseModel):
    """Where a site is told, and how it goes there."""

    id: UUID
    url: str
    events: list[domain.EventKind]
    coral: bool
    off: domain.Switch | None = Field(description="Why it is off; null: it is on.")
    failing_since: datetime | None
    resumes_at: datetime | None = Field(description="Before that nothing is sent, as the receiver has asked for.")
    waiting: int
    dead: int = Field(description="Given up after ten tries; can be replayed.")
    oldest_waiting: datetime | None
    created_at: datetime


class EndpointsBody(BaseModel):
    """The endpoints of a site."""

    items: list[EndpointBody]


class SecretBody(BaseModel):
    """The secret of an endpoint, told once."""

    endpoint: UUID
    webhook_secret: str


class AttemptBody(BaseModel):
    """One try."""

    at: datetime
    outcome: domain.Outcome
    status: int | None
    milliseconds: int


class DeliveryBody(BaseModel):
    """An event on its way to an endpoint."""

    number: int
    message: str = Field(description="The `webhook-id`.")
    type: str
    external_id: str | None
    state: domain.State
    tries: int
    occurred_at: datetime
    next_try: datetime | None = Field(description="null: nothing more is tried.")
    attempts: list[AttemptBody] = Field(description="Oldest first.")


class DeliveriesBody(BaseModel):
    """A page of the delivery log, newest first."""

    items: list[DeliveryBody]
    next_cursor: int | None


class ReplayedBody(BaseModel):
    """How many events are sent again."""

    count: int


async def list_endpoints(request: web.Request) -> web.Response:
    """Answers with the endpoints of a site."""
    known = await given_site(request)
    found = [each for each in await (await _endpoints(request)).all() if each.endpoint.site_id == known.site.id]
    return answer(EndpointsBody(items=[_shown(each) for each in found]))


async def add_endpoint(request: web.Request) -> web.Response:
    """Adds an endpoint, and answers with its secret."""
    known, given = await given_site(request), await given_body(request, EndpointFields)
    endpoints = await _endpoints(request)
    new = await endpoints.add(known.site.id, given.url, list(given.events), coral=given.coral)
    return answer(SecretBody(endpoint=new.endpoint, webhook_secret=new.secret), status=201)


async def switch_endpoint(request: web.Request) -> web.Response:
    """Switches an endpoint on or off."""
    endpoints, key, given = (
        await _endpoints(request),
        given_id(request),
        await given_body(request, SwitchEndpointFields),
    )
    await endpoints.switch(key, on=given.on)
    return answer(_shown(await endpoints.one(key)))


async def rotate_endpoint(request: web.Request) -> web.Response:
    """Gives an endpoint a new secret, and answers with it."""
    new = await (await _endpoints(request)).rotate(given_id(request))
    return answer(SecretBody(endpoint=new.endpoint, webhook_secret=new.secret), status=201)


async def replay_endpoint(request: web.Request) -> web.Response:
    """Has an endpoint told again."""
    endpoints, key, given = await _endpoints(request), given_id(request), await given_body(request, ReplayFields)
    if given.message is not None:
        count = await endpoints.replay_message(given.message, endpoint=key)
    else:
        count = await endpoints.replay(key, since=given.since)
    return answer(ReplayedBody(count=count))


async def list_deliveries(request: web.Request) -> web.Response:
    """Answers with a page of the delivery log."""
    query = read_listing(DeliveryQuery, request.query)
    files = await (await _endpoints(request)).log(
        given_id(request), state=query.state, before=query.cursor, limit=query.limit + 1
    )
    shown = files[: query.limit]
    following = shown[-1].letter.number if len(files) > query.limit else None
    return answer(DeliveriesBody(items=[_delivery(each) for each in shown], next_cursor=following))


async def _endpoints(request: web.Request) -> Endpoints:
    return service_of(request).house.endpoints(await current_moderator(request))


def _shown(state: EndpointState) -> EndpointBody:
    endpoint, owing = state.endpoint, state.owing
    return EndpointBody(
        id=endpoint.id,
        url=endpoint.url,
        events=[domain.EventKind(kind) for kind in endpoint.events],
        coral=endpoint.coral,
        off=endpoint.disabled_because,
        failing_since=endpoint.failing_since,
        resumes_at=endpoint.resumes_at,
        waiting=owing.waiting,
        dead=owing.dead,
        oldest_waiting=owing.oldest,
        created_at=endpoint.created_at,
    )


def _delivery(file: LetterFile) -> DeliveryBody:
    letter = file.letter
    return DeliveryBody(
        number=letter.number,
        message=message_id(letter.event_id),
        type=letter.type,
        external_id=letter.external_id,
        state=letter.state,
        tries=letter.tries,
        occurred_at=letter.occurred_at,
        next_try=letter.due_at,
        attempts=[
            AttemptBody(at=at, outcome=tried.outcome, status=tried.status, milliseconds=round(tried.seconds * 1000))
            for at, tried in file.tries
        ],
    )
