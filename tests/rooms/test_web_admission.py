"""How many are let in follows from how long those waited who were let in before."""

from __future__ import annotations

import pytest

from moderation.intake.routes import ROUTES
from moderation.readers.routes import FORM
from moderation.readers.routes import ROUTES as READERS
from moderation.web.admission import TARGET_SECONDS, Admission, Bringers


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def busy_for(admission: Admission, clock: Clock, *, at_once: int, seconds: float, rounds: int = 20) -> None:
    """Lets in so many at once, who are all answered after so many seconds, again and again."""
    for _ in range(rounds):
        places = [admission.enter() for _ in range(at_once)]
        clock.now += seconds
        for place in places:
            admission.leave(place, tells=True)


@pytest.mark.parametrize(
    ("at_once", "seconds", "a_second"),
    [(100, 0.1, 1000), (100, 0.02, 5000), (50, 0.5, 100)],
)
def test_as_many_are_let_in_as_are_answered_within_the_target(at_once: int, seconds: float, a_second: int) -> None:
    clock = Clock()
    admission = Admission(at_least=4, at_most=100_000, clock=clock)

    busy_for(admission, clock, at_once=at_once, seconds=seconds)

    # Those who entered first wait as long as the last ones and had half as many before them: the guess is cautious.
    assert 0.4 < admission.room / (TARGET_SECONDS * a_second) < 1.1


def test_the_bounds_hold_however_fast_or_slow_the_service_is() -> None:
    clock = Clock()
    admission = Admission(at_least=4, at_most=40, clock=clock)

    busy_for(admission, clock, at_once=4, seconds=60)
    assert admission.room == 4

    busy_for(admission, clock, at_once=4, seconds=0.000_001, rounds=1000)
    assert admission.room == 40


def test_who_comes_when_the_room_is_full_is_not_let_in_before_somebody_leaves() -> None:
    admission = Admission(at_least=2, at_most=2)
    first, _ = admission.enter(), admission.enter()

    assert not admission.is_open
    admission.leave(first, tells=False)
    assert admission.is_open


def test_what_is_refused_for_its_own_faults_tells_nothing_about_the_speed() -> None:
    clock = Clock()
    admission = Admission(at_least=1, at_most=100_000, clock=clock)
    before = admission.room

    for _ in range(1000):
        place = admission.enter()
        clock.now += 5
        admission.leave(place, tells=False)

    assert admission.room == before


def test_a_service_that_slows_down_lets_fewer_in_soon_and_more_again_when_it_is_well() -> None:
    clock = Clock()
    admission = Admission(at_least=4, at_most=2000, clock=clock)

    busy_for(admission, clock, at_once=100, seconds=0.02)
    well = admission.room
    busy_for(admission, clock, at_once=100, seconds=2.0, rounds=2)
    assert admission.room < well / 5
    busy_for(admission, clock, at_once=100, seconds=0.02)
    assert admission.room > well / 2


def test_while_nobody_is_answered_no_more_are_let_in_than_share_a_batch() -> None:
    clock = Clock()
    admission = Admission(at_least=4, at_most=2000, clock=clock)
    busy_for(admission, clock, at_once=100, seconds=0.02)
    clock.now += 60  # quiet, which is no standstill

    waiting = [admission.enter() for _ in range(50)]
    assert admission.is_open
    clock.now += 1.5
    assert (admission.room, admission.is_open) == (4, False)

    admission.leave(waiting[0], tells=True)
    assert admission.room > 4


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("POST", "/v1/sites/planet/webhook", "/v1/sites/{site}/webhook"),
        ("POST", "/v1/sites/planet/webhook?x=/comments", "/v1/sites/{site}/webhook"),
        ("POST", "/v1/sites/planet/comments", "/v1/sites/{site}/comments"),
        ("POST", "/v1/sites/planet/comments/batch", "/v1/sites/{site}/comments/batch"),
        ("POST", "/v1/sites/planet/articles/a-1/form?parent=c-1", FORM),
        ("POST", "/v1/sites/planet/articles/a/1/form", None),
        ("POST", "/v1/sites/a/b/webhook", None),
        ("POST", "/v1/sites//webhook", None),
        ("POST", "/v1/sites/planet/webhooks", None),
        ("GET", "/v1/sites/planet/counts", None),
        ("GET", "/healthz", None),
        ("GET", "/v1/sites/planet/comments", None),
    ],
)
def test_what_may_bring_comments_is_known_by_its_first_line(method: str, path: str, found: str | None) -> None:
    route = Bringers((*ROUTES, *READERS)).find(method, path)

    assert (route and route.path) == found


def test_without_such_routes_nothing_brings_comments() -> None:
    assert Bringers([]).find("POST", "/") is None
