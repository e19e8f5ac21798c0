"""Receivers of every kind of illness at once: none of them delays the one that is well, and each gets everything in the
end, under the same ids."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from moderation.domain import Switch
from moderation.wiring import Service
from moderation.workflows.deliver import Courier
from moderation.workflows.directory import KnownSite
from tests.fakes import FakeClock
from tests.makers import an_arrival
from tests.receivers import Manner, Receiver, a_receiver, answering, endless, hanging, well
from tests.workflows.delivering import brought, endpoint_of, told
from tests.workflows.steps import accepted

pytestmark = pytest.mark.alone

COMMENTS = 2
PROMPT_SECONDS = 5.0  # as much as the drills allow


def flapping() -> Manner:
    """Refuses every other request."""
    count = 0

    async def flap(_: web.Request) -> web.StreamResponse:
        nonlocal count
        count += 1
        return web.Response(status=204 if count % 2 == 0 else 503)

    return flap


async def slow(_: web.Request) -> web.StreamResponse:
    """Takes its time, and then takes the event."""
    await asyncio.sleep(0.5)
    return web.Response(status=200)


async def test_every_receiver_gets_every_event_and_the_well_one_at_once(
    service: Service,
    known: KnownSite,
    courier: Courier,
    clock: FakeClock,
) -> None:
    async with AsyncExitStack() as stack:
        trap = await stack.enter_async_context(a_receiver(well, host="127.0.0.2"))
        healthy = await stack.enter_async_context(a_receiver(well))
        manners: dict[str, Manner] = {
            "slow": slow,
            "hanging": hanging,
            "endless": endless,
            "redirecting inside": answering(307, Location=trap.url),
            "500": answering(500),
            "429": answering(429, Retry_After="60"),
            "410": answering(410),
            "flapping": flapping(),
        }
        ill = {name: await stack.enter_async_context(a_receiver(manner)) for name, manner in manners.items()}
        async with a_receiver(well) as down:
            pass  # the port is free again, and nobody listens there
        ill["down"] = Receiver(well, port=down.port)
        keys = {name: await told(service.house, known, each) for name, each in ill.items()}
        await told(service.house, known, healthy)

        for number in range(COMMENTS):
            await accepted(service, known, an_arrival(external_id=f"c-{number}"))
        began = asyncio.get_running_loop().time()
        await courier.look()
        await healthy.until(lambda: len(healthy.taken) == COMMENTS)
        assert asyncio.get_running_loop().time() - began < PROMPT_SECONDS
        await courier.settle()
        assert (await endpoint_of(service.house, keys["410"])).disabled_because is Switch.GONE

        for name, each in ill.items():
            if name not in ("flapping", "endless"):
                each.manner = well
        ill["down"] = await stack.enter_async_context(a_receiver(well, port=down.port))
        await service.house.endpoints().switch(keys["410"].endpoint, on=True)
        await service.house.endpoints().replay(keys["410"].endpoint)
        for _ in range(8):
            clock.advance(hours=1)
            await brought(courier)

        sent = set(healthy.taken)
        assert len(sent) == COMMENTS
        for name, each in ill.items():
            assert set(each.ids) == sent, name
            if name != "endless":  # its own answer is broken off
                assert set(each.taken) == sent, name
        bodies = {(each.id, each.body) for one in [healthy, *ill.values()] for each in one.received}
        assert len(bodies) == COMMENTS
        assert trap.received == []
