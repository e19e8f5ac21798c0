"""Steps of tests in which sites are told what was decided."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from moderation.delivery import networks_of
from moderation.domain import Endpoint, State
from moderation.storage.tables import dispatches
from moderation.wiring import House
from moderation.workflows.deliver import Courier
from moderation.workflows.directory import KnownSite
from moderation.workflows.endpoints import EndpointState, NewSecret
from tests.receivers import Received, Receiver

ALL = ("comment.approved", "comment.pending", "comment.rejected", "model.promoted")
DECIDED = ALL[:3]


async def told(house: House, known: KnownSite, receiver: Receiver, *kinds: str, coral: bool = False) -> NewSecret:
    """Adds the receiver as an endpoint of the site, and returns its secret."""
    endpoints = house.endpoints()
    endpoints._exempt = networks_of(["127.0.0.1/32"])
    return await endpoints.add(known.site.id, receiver.url, kinds or DECIDED, coral=coral)


async def brought(courier: Courier) -> None:
    """Brings everything that is due now."""
    await courier.look()
    await courier.settle()


async def state_of(house: House, key: NewSecret) -> EndpointState:
    """Returns an endpoint with its backlog."""
    return next(each for each in await house.endpoints().all() if each.endpoint.id == key.endpoint)


async def endpoint_of(house: House, key: NewSecret) -> Endpoint:
    """Returns an endpoint."""
    return (await state_of(house, key)).endpoint


async def dues(house: House) -> list[Any]:
    """Returns when each waiting event is due, in order."""
    async with house.database.open_reading() as work:
        query = select(dispatches.c.due_at).where(dispatches.c.state == State.WAITING).order_by(dispatches.c.number)
        return list((await work.connection.execute(query)).scalars())


def document_of(letter: Received) -> dict[str, Any]:
    """Returns what a receiver was told."""
    document: dict[str, Any] = json.loads(letter.body)
    return document
