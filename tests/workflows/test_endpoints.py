"""Endpoints are switched off and on, given new secrets, and told again what was given up."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Engine, event
from standardwebhooks import Webhook

from moderation.domain import Switch
from moderation.wiring import Service
from moderation.workflows.deliver import Courier
from moderation.workflows.directory import KnownSite
from moderation.workflows.forget import EVENTS_ARE_KEPT
from moderation.workflows.models import promote
from tests.fakes import FakeClock
from tests.receivers import Receiver, answering, well
from tests.workflows.delivering import ALL, brought, document_of, dues, endpoint_of, state_of, told
from tests.workflows.steps import accepted


async def test_after_ten_tries_it_is_dead_and_can_be_sent_again(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    key = await told(service.house, known, receiver)
    receiver.manner = answering(503)
    await accepted(service, known)
    began = clock()
    while due := await dues(service.house):
        clock.moment = max(clock(), due[0])
        await brought(courier)

    assert len(receiver.ids) == 10
    assert timedelta(hours=68) < clock() - began < timedelta(hours=84)
    assert (await state_of(service.house, key)).owing.dead == 1

    receiver.manner = well
    clock.advance(minutes=1)
    assert await service.house.endpoints().replay(key.endpoint) == 1
    await brought(courier)
    assert receiver.taken == receiver.ids[:1]
    assert await service.house.endpoints().replay_message(receiver.ids[0]) == 1
    await brought(courier)
    assert receiver.taken == receiver.ids[:2]


async def test_410_switches_the_endpoint_off_and_replay_brings_what_it_missed(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    key, began = await told(service.house, known, receiver), clock()
    receiver.manner = answering(410)
    await accepted(service, known)
    await brought(courier)
    clock.advance(seconds=1)
    await accepted(service, known)
    assert (await endpoint_of(service.house, key)).disabled_because is Switch.GONE

    receiver.manner = well
    await service.house.endpoints().switch(key.endpoint, on=True)
    assert await service.house.endpoints().replay(key.endpoint, since=began) == 2
    await brought(courier)

    assert len(set(receiver.taken)) == 2


async def test_an_endpoint_that_fails_for_five_days_is_switched_off(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    key = await told(service.house, known, receiver)
    receiver.manner = answering(500)
    for _ in range(6):
        await accepted(service, known)
        await brought(courier)
        clock.advance(days=1)

    endpoint = await endpoint_of(service.house, key)
    assert endpoint.disabled_because is Switch.FAILING


async def test_a_secret_that_was_replaced_signs_along_for_a_day(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    old = await told(service.house, known, receiver)
    new = await service.house.endpoints().rotate(old.endpoint)
    assert new.secret != old.secret

    for days, wanted in ((0, [new, old]), (1, [new])):
        clock.advance(days=days)
        await accepted(service, known)
        await brought(courier)
        letter = receiver.received[-1]
        signatures = [Webhook(each.secret).sign(letter.id, clock(), letter.body.decode()) for each in wanted]
        assert letter.headers["webhook-signature"] == " ".join(signatures)


async def test_a_promotion_is_told_to_those_who_want_to_know(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier
) -> None:
    await told(service.house, known, receiver, *ALL)
    await service.keeper.look()
    async with service.open_reading() as work:
        serving = await work.models.serving()
    assert serving is not None

    await promote(serving, folder=service.house.models, open_work=service.open_work, by="test", now=service.now())
    await brought(courier)

    documents = [document_of(each) for each in receiver.received]
    assert {"type": "model.promoted", "data": {"model": serving}}.items() <= documents[-1].items()


async def test_what_was_told_is_forgotten_after_a_month_and_what_waits_is_kept(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    await told(service.house, known, receiver)
    await accepted(service, known)
    await brought(courier)
    receiver.manner = answering(500)
    await accepted(service, known)
    clock.moment += EVENTS_ARE_KEPT + timedelta(days=1)

    await service.forget()
    receiver.manner = well
    await brought(courier)

    [key] = [each.endpoint.id for each in await service.house.endpoints().all()]
    assert len(await service.house.endpoints().log(key)) == 1
    assert len(receiver.taken) == 2


async def test_the_log_asks_as_few_questions_however_long_it_is(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier
) -> None:
    key = (await told(service.house, known, receiver)).endpoint
    receiver.manner = answering(503)
    for _ in range(3):  # fewer than are sent to one endpoint at once
        await accepted(service, known)
    await brought(courier)
    asked: list[str] = []

    def note(_: Connection, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        files = await service.house.endpoints().log(key)
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert [[attempt.status for _, attempt in file.tries] for file in files] == [[503]] * 3
    assert len([statement for statement in asked if "delivery_attempts" in statement]) == 1


async def test_to_look_at_endpoints_waits_for_nobody_who_changes_them(
    service: Service, known: KnownSite, receiver: Receiver
) -> None:
    key = (await told(service.house, known, receiver)).endpoint
    endpoints = service.house.endpoints()

    async with service.open_work() as work:
        assert await work.endpoints.lock(key) is not None
        assert [each.endpoint.id for each in await endpoints.all()] == [key]
        assert (await endpoints.one(key)).endpoint.id == key
        assert await endpoints.log(key) == []
