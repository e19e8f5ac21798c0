"""What was acknowledged survives a process that is killed, and what was not can be sent again."""

from __future__ import annotations

import pytest

from tests.process.commands import Serving
from tests.process.places import Place
from tests.process.sending import Answer, Delivery, deliveries, send_all

pytestmark = pytest.mark.slow

COMMENTS = 1200
ROUNDS = 3
# In each round the service is killed after so many new comments, in the middle of what is left.
KILLED_AFTER = 300
READY_SECONDS = 10


class Killer:
    """Hears answers, and kills the service after so many new comments."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._new = 0

    def __call__(self, _delivery: Delivery, answer: Answer) -> None:
        self._new += answer.status == 201
        if self._new == KILLED_AFTER:
            self._serving.process.kill()


async def test_an_acknowledged_comment_is_stored_once_though_the_service_is_killed(place: Place) -> None:
    serving = place.serve(anew=True)
    serving.until_ready()
    wanted = deliveries(place.keys, COMMENTS)
    promised: dict[str, Answer] = {}

    for _ in range(ROUNDS):
        left = [delivery for delivery in wanted if delivery.external_id not in promised]
        promised |= await send_all(serving.address, left, heard=Killer(serving))
        assert serving.process.wait() == -9
        serving = place.serve(anew=True)
        assert serving.until_ready() <= READY_SECONDS
    again = await send_all(serving.address, wanted)

    assert KILLED_AFTER * ROUNDS <= len(promised) < COMMENTS
    assert {answer.status for answer in promised.values()} <= {200, 201}
    assert len(again) == COMMENTS
    assert {answer.status for answer in again.values()} == {200, 201}
    assert {name: again[name].body["id"] for name in promised} == {
        name: answer.body["id"] for name, answer in promised.items()
    }
    assert all(again[name].status == 200 for name in promised)
    assert sorted(place.stored()) == sorted((name, answer.body["id"]) for name, answer in again.items())
