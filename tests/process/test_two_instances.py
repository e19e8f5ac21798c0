"""Two processes on one database are one service."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.process.commands import Serving
from tests.process.places import Place
from tests.process.sending import Answer, Delivery, deliveries, send, send_all, signed

pytestmark = pytest.mark.slow

TIMES = 20


@pytest.fixture
def both(place: Place) -> list[Serving]:
    """Two services that are ready, on one database."""
    both = [place.serve(), place.serve()]
    for serving in both:
        serving.until_ready()
    return both


async def at_once(both: list[Serving], wanted: list[Delivery]) -> list[Answer]:
    """Sends each delivery to both, over a connection of its own each time."""
    async with (
        ClientSession(both[0].address, connector=TCPConnector(limit=0)) as one,
        ClientSession(both[1].address, connector=TCPConnector(limit=0)) as other,
    ):
        answers = await asyncio.gather(*(send(session, each) for each in wanted for session in (one, other)))
    assert None not in answers
    return [answer for answer in answers if answer]


async def test_one_delivery_sent_many_times_to_both_is_one_comment(both: list[Serving], place: Place) -> None:
    delivery = signed(place.keys, "c-1", "Thank you, this explains a lot.")

    answers = await at_once(both, [delivery] * TIMES)

    assert len(answers) == 2 * TIMES
    assert Counter((answer.status, answer.body.get("code")) for answer in answers) == {
        (200, None): 2 * TIMES - 1,
        (201, None): 1,
    }
    assert len(place.stored()) == 1
    assert {("c-1", answer.body["id"]) for answer in answers} == set(place.stored())


async def test_one_id_with_two_bodies_is_the_comment_that_came_first(both: list[Serving], place: Place) -> None:
    texts = ["Thank you, this explains a lot.", "I never said that."]
    wanted = [signed(place.keys, "c-1", text) for text in texts] * TIMES

    answers = await at_once(both, wanted)

    (stored,) = place.stored()
    assert {answer.body.get("id") for answer in answers if answer.status < 300} == {stored[1]}
    assert len([answer for answer in answers if answer.status == 409]) == 2 * TIMES
    assert {answer.body["code"] for answer in answers if answer.status == 409} == {"id_reused"}


async def test_many_comments_sent_to_both_at_once_are_stored_once_each(both: list[Serving], place: Place) -> None:
    wanted = deliveries(place.keys, 150)

    first, second = await asyncio.gather(*(send_all(serving.address, wanted) for serving in both))

    assert first.keys() == second.keys() == {delivery.external_id for delivery in wanted}
    assert {name: first[name].body["id"] for name in first} == {name: second[name].body["id"] for name in second}
    assert all({first[name].status, second[name].status} == {200, 201} for name in first)
    assert sorted(place.stored()) == sorted((name, answer.body["id"]) for name, answer in first.items())
