"""What sites are to be told arrives: at least once, in order, and nobody waits for another's receiver."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from standardwebhooks import Webhook

from moderation import metrics
from moderation.delivery import Envelope, Sender
from moderation.domain import Attempt, Outcome
from moderation.storage.outgoing_tables import delivery_attempts, endpoints
from moderation.storage.tables import comments, outbox
from moderation.wiring import Service
from moderation.workflows.deliver import LEASE, Courier
from moderation.workflows.directory import KnownSite
from moderation.workflows.keys import learn_keys, rotate
from tests.fakes import DOUBT, FakeClock
from tests.makers import an_arrival
from tests.receivers import Receiver, a_receiver, answering, hanging, well
from tests.workflows.delivering import brought, document_of, dues, endpoint_of, told
from tests.workflows.steps import accepted, count_of, edited, until_somebody_waits_for_a_lock

pytestmark = pytest.mark.alone


async def test_a_decision_arrives_signed_with_ids_and_nothing_of_the_author(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    secret = await told(service.house, known, receiver, coral=True)
    arrival = an_arrival(external_id="c-1", email="ana@example.org", ip="192.0.2.7", name="Ana Secret")
    receipt = await accepted(service, known, arrival)

    await brought(courier)

    [letter] = receiver.received
    document = json.loads(letter.body)
    assert (document["type"], document["data"]["id"]) == ("comment.approved", str(receipt.id))
    assert set(document["data"]) == {"id", "external_id", "article", "status", "reason", "score", "model"}
    assert letter.headers["X-Coral-Signature"].startswith("sha256=")
    for private in (b"ana@example.org", b"192.0.2.7", b"Ana"):
        assert private not in letter.body
    signed = Webhook(secret.secret).sign(letter.id, clock(), letter.body.decode())
    assert letter.headers["webhook-signature"] == signed
    assert await dues(service.house) == []


async def test_who_asked_for_other_events_or_for_another_site_hears_nothing(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier
) -> None:
    await told(service.house, known, receiver, "comment.rejected")

    await accepted(service, known)
    await brought(courier)

    assert receiver.received == []


async def test_a_try_that_fails_comes_again_later_with_the_same_id_and_body(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    key = await told(service.house, known, receiver)
    receiver.manner = answering(500)
    await accepted(service, known)
    await brought(courier)
    [due] = await dues(service.house)
    assert timedelta(seconds=4.5) <= due - clock() <= timedelta(seconds=5.5)

    await brought(courier)  # not due yet
    receiver.manner = well
    clock.advance(seconds=6)
    await brought(courier)

    assert len(receiver.ids) == 2
    assert len({each.body for each in receiver.received}) == len(set(receiver.ids)) == 1
    assert int(receiver.received[1].headers["webhook-timestamp"]) - 6 == int(
        receiver.received[0].headers["webhook-timestamp"]
    )
    assert (await endpoint_of(service.house, key)).failures == 0


async def test_events_of_one_comment_keep_their_order_and_others_go_ahead(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    await told(service.house, known, receiver)
    receiver.manner = answering(500)
    await accepted(service, known, an_arrival(external_id="c-1"))
    await brought(courier)
    clock.advance(seconds=1)
    await edited(service, known, "c-1", DOUBT, said_at=clock())
    await accepted(service, known, an_arrival(external_id="c-2"))

    receiver.manner = well
    await brought(courier)
    clock.advance(seconds=10)
    await brought(courier)

    heard = [(each["data"]["external_id"], each["data"]["status"]) for each in map(document_of, receiver.received)]
    assert heard == [("c-1", "approved"), ("c-2", "approved"), ("c-1", "approved"), ("c-1", "pending")]


async def test_retry_after_is_obeyed_by_the_event_and_by_all_others_to_that_endpoint(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    await told(service.house, known, receiver)
    receiver.manner = answering(429, Retry_After="600")
    await accepted(service, known)
    await brought(courier)
    receiver.manner = well
    await accepted(service, known)

    clock.advance(seconds=599)
    await brought(courier)
    assert len(receiver.ids) == 1
    clock.advance(seconds=1)
    await brought(courier)

    assert sorted(receiver.taken) == sorted(set(receiver.ids))
    assert len(receiver.taken) == 2


async def test_a_dead_endpoint_is_tried_ten_times_in_a_minute_at_most_and_drained_when_it_is_back(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    await told(service.house, known, receiver)
    receiver.manner = answering(500)
    for _ in range(12):
        await accepted(service, known)
    for _ in range(60):
        await brought(courier)
        clock.advance(seconds=1)
    assert len(receiver.ids) <= 10

    receiver.manner = well
    for _ in range(3):
        clock.advance(minutes=6)
        await brought(courier)

    assert len(set(receiver.taken)) == 12


async def test_a_slow_endpoint_delays_no_other(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier
) -> None:
    async with a_receiver(hanging) as slow:
        await told(service.house, known, slow)
        await told(service.house, known, receiver)
        for _ in range(8):
            await accepted(service, known)

        await courier.look()
        await receiver.until(lambda: len(receiver.taken) == 8)

        assert len(slow.ids) == 4
        await courier.settle()


async def test_what_a_lost_worker_has_taken_up_is_sent_when_its_lease_is_over(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, sender: Sender, clock: FakeClock
) -> None:
    await told(service.house, known, receiver)
    await accepted(service, known)
    lost = service.courier(sender.send)
    [endpoint] = [each.endpoint.id for each in await service.house.endpoints().all()]
    assert len(await lost._turn(endpoint, [], 4)) == 1

    await brought(courier)
    assert receiver.ids == []
    clock.moment += LEASE
    await brought(courier)

    assert len(receiver.taken) == 1


async def test_what_was_sent_is_noted_though_another_event_could_not_be(
    service: Service, known: KnownSite, receiver: Receiver
) -> None:
    await told(service.house, known, receiver)
    for _ in range(3):
        await accepted(service, known)
    sent: list[Envelope] = []

    async def send(_: str, envelope: Envelope) -> Attempt:
        sent.append(envelope)
        if len(sent) == 2:
            raise RuntimeError("this one could not be sent")
        return Attempt(Outcome.DELIVERED, 204, 0.01)

    await brought(service.courier(send))

    assert len(sent) == 3
    assert len(await dues(service.house)) == 1


class Gate:
    """Sends, and hears the answer to all of it when somebody opens it."""

    def __init__(self) -> None:
        self.sent: list[Envelope] = []
        self.news, self.opened = asyncio.Event(), asyncio.Event()

    async def send(self, _: str, envelope: Envelope) -> Attempt:
        self.sent.append(envelope)
        self.news.set()
        await self.opened.wait()
        return Attempt(Outcome.DELIVERED, 204, 0.01)

    async def until(self, count: int) -> None:
        """Returns when so many are under way."""
        while len(self.sent) < count:
            self.news.clear()
            await self.news.wait()


async def two_under_way(service: Service, known: KnownSite, receiver: Receiver) -> tuple[Gate, Courier]:
    """Begins to tell of two comments, `gone` and `stays`."""
    await told(service.house, known, receiver)
    for name in ("gone", "stays"):
        await accepted(service, known, an_arrival(external_id=name, email=f"{name}@example.org"))
    gate = Gate()
    courier = service.courier(gate.send)
    await courier.look()
    await gate.until(2)
    return gate, courier


async def test_what_is_told_of_a_comment_that_is_erased_while_it_is_sent_is_not_noted_and_all_else_is(
    service: Service, known: KnownSite, receiver: Receiver
) -> None:
    gate, courier = await two_under_way(service, known, receiver)

    async with service.open_work() as work:
        await work.connection.execute(delete(comments).where(comments.c.external_id == "gone"))
        await work.connection.execute(delete(outbox).where(outbox.c.comment_id.not_in(select(comments.c.id))))
        await work.commit()
    gate.opened.set()
    await courier.settle()

    assert await dues(service.house) == []
    assert await count_of(service.house.database, delivery_attempts) == 1


async def test_on_postgresql_who_waits_for_an_erasure_notes_what_is_left(
    service: Service, known: KnownSite, receiver: Receiver
) -> None:
    if service.house.settings.embedded:
        pytest.skip("SQLite locks no rows")
    gate, courier = await two_under_way(service, known, receiver)

    async with service.open_work() as work:
        gone = select(comments.c.id).where(comments.c.external_id == "gone")
        await work.connection.execute(delete(outbox).where(outbox.c.comment_id.in_(gone)))
        gate.opened.set()
        await until_somebody_waits_for_a_lock(service.house.database)
        await work.commit()
    await courier.settle()

    assert await dues(service.house) == []
    assert len(gate.sent) == 2


async def test_whoever_holds_endpoints_keeps_no_comment_waiting(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier
) -> None:
    if service.house.settings.embedded:
        pytest.skip("SQLite locks no rows")
    for _ in range(16):
        await told(service.house, known, receiver)
    await accepted(service, known)

    async with service.open_work() as work:  # as an instance that was stopped in the middle
        await work.connection.execute(select(endpoints.c.id).with_for_update(key_share=True))
        await courier.look()
        await accepted(service, known)
        await courier.settle()
    assert receiver.ids == []

    await brought(courier)
    assert len(receiver.taken) == 2 * 16


async def test_what_waits_for_another_event_keeps_no_other_comment_waiting(
    service: Service, known: KnownSite, receiver: Receiver, clock: FakeClock
) -> None:
    await told(service.house, known, receiver)
    await accepted(service, known, an_arrival(external_id="c-1"))
    gate = Gate()
    courier = service.courier(gate.send)
    await courier.look()
    await gate.until(1)
    for number in range(40):
        said_at, text = clock() + timedelta(seconds=number), f"{DOUBT} {number}"
        await edited(service, known, "c-1", text, said_at=said_at, delivery=f"d-{number}")
    await accepted(service, known, an_arrival(external_id="c-2"))

    other = Gate()
    other.opened.set()
    await brought(service.courier(other.send))
    gate.opened.set()
    await courier.settle()

    assert len(other.sent) == 1


async def test_two_couriers_take_each_event_once(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, sender: Sender
) -> None:
    await told(service.house, known, receiver)
    for _ in range(20):
        await accepted(service, known)
    other = service.courier(sender.send)

    await asyncio.gather(brought(courier), brought(other))

    assert len(receiver.ids) == len(set(receiver.ids)) == 20


async def test_a_commit_wakes_the_courier(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier
) -> None:
    await told(service.house, known, receiver)
    began = asyncio.get_running_loop().time()
    running = asyncio.create_task(courier.run())
    for expected in (1, 2, 3):
        await accepted(service, known)
        await receiver.until(lambda expected=expected: len(receiver.taken) == expected)  # type: ignore[misc]

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    # Without a bell each of them would wait up to two seconds.
    assert asyncio.get_running_loop().time() - began < 2


async def test_another_instance_on_postgresql_is_woken_by_the_database(service: Service, known: KnownSite) -> None:
    if service.house.settings.embedded:
        pytest.skip("SQLite has one serving process")
    async with a_receiver(well) as receiver:
        await told(service.house, known, receiver)
        from moderation.storage.database import Database

        other = Database(service.house.settings.store_url)
        listening = asyncio.create_task(other.listen())
        await other.bell.wait(10)  # it rings when it begins to listen

        waiting = asyncio.create_task(other.bell.wait(30))
        await accepted(service, known)
        async with asyncio.timeout(5):
            await waiting

        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await other.close()


async def test_a_decision_that_is_not_committed_is_told_to_nobody(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier
) -> None:
    await told(service.house, known, receiver)
    async with service.open_work() as work:
        await work.outbox.add_all([_an_event(known, service)])

    await brought(courier)
    assert receiver.ids == []


def _an_event(known: KnownSite, service: Service) -> Any:
    from moderation.workflows.events import promoted_events

    [event] = promoted_events([known.site.id], "m", now=service.now())
    return event


async def test_what_cannot_be_signed_just_after_a_rotation_is_sent_a_little_later_and_is_no_fault(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    house, faults = service.house, metrics.UNEXPECTED_ERRORS.labels("delivery")
    await told(house, known, receiver)
    await accepted(service, known)
    before = faults._value.get()
    await rotate(house.secret_keys, open_work=service.open_work, now=clock, progress=lambda done, total: None)

    await brought(courier)
    early = list(receiver.taken)
    await learn_keys(house.vault, open_reading=service.open_reading)
    clock.moment += LEASE
    await brought(courier)

    assert (early, len(receiver.taken), faults._value.get() - before) == ([], 1, 0)
