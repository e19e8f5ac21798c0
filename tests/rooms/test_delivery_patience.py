"""Ten tries in three days, and an endpoint that fails is spared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from moderation.delivery import PROMISED_TRIES, is_given_up, slots, wait_after
from moderation.domain import Endpoint, Switch

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def an_endpoint(**given: Any) -> Endpoint:
    values: dict[str, Any] = {
        "id": uuid4(),
        "site_id": uuid4(),
        "url": "https://planet.example.com/",
        "events": (),
        "coral": False,
        "secret_sealed": b"",
        "old_secret_sealed": None,
        "old_secret_until": None,
        "failures": 0,
        "failing_since": None,
        "probed_at": None,
        "resumes_at": None,
        "disabled_at": None,
        "disabled_because": None,
        "created_at": NOW,
    }
    return Endpoint(**{**values, **given})


def test_ten_tries_take_seventy_five_and_a_half_hours() -> None:
    waits = [wait_after(tries, random=0.5) for tries in range(1, PROMISED_TRIES + 1)]

    assert waits[-1] is None
    assert sum((wait for wait in waits if wait), timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(("random", "seconds"), [(0.0, 270), (0.5, 300), (0.9999, 330)])
def test_the_wait_is_spread_by_a_tenth_both_ways(random: float, seconds: float) -> None:
    wait = wait_after(2, random=random)

    assert wait is not None
    assert wait.total_seconds() == pytest.approx(seconds, abs=0.1)


@pytest.mark.parametrize(
    ("wish", "waited"),
    [
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(days=400), timedelta(days=1)),
    ],
)
def test_the_receiver_may_ask_for_more_time_up_to_a_day(wish: timedelta, waited: timedelta) -> None:
    assert wait_after(1, random=0.5, wish=wish) == waited


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ({}, 4),
        ({"failures": 2, "probed_at": NOW}, 4),
        ({"failures": 3, "probed_at": NOW - timedelta(seconds=11)}, 0),
        ({"failures": 3, "probed_at": NOW - timedelta(seconds=12)}, 1),
        ({"resumes_at": NOW + timedelta(seconds=1)}, 0),
        ({"resumes_at": NOW}, 4),
        ({"disabled_at": NOW, "disabled_because": Switch.BY_HAND}, 0),
    ],
)
def test_an_endpoint_that_fails_is_tried_once_in_twelve_seconds(state: dict[str, Any], wanted: int) -> None:
    assert slots(an_endpoint(**state), 4, now=NOW) == wanted


def test_after_five_days_of_failure_an_endpoint_is_given_up() -> None:
    assert not is_given_up(NOW, now=NOW + timedelta(days=5) - timedelta(seconds=1))
    assert is_given_up(NOW, now=NOW + timedelta(days=5))
