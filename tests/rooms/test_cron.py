"""Cron lines mean what cron means by them, and a site is trained when it is time, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from moderation.domain import RunState, TrainingRun
from moderation.domain.cron import read_cron
from moderation.errors import WrongUse
from moderation.settings import read_settings
from moderation.workflows.schedule import is_due

MONDAY = datetime(2026, 11, 30, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("* * * * *", "2026-11-30 12:01"),
        ("30 3 * * *", "2026-12-01 03:30"),
        ("*/15 * * * *", "2026-11-30 12:15"),
        ("0 9-17/4 * * *", "2026-11-30 13:00"),
        ("5,50 12 * * 1", "2026-11-30 12:05"),
        ("0 0 1 1 *", "2027-01-01 00:00"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("0 0 * * 7", "2026-12-06 00:00"),
        ("0 0 * * 0", "2026-12-06 00:00"),
        ("0 0 13 * 5", "2026-12-04 00:00"),  # either day is enough
        ("7/20 * * * *", "2026-11-30 12:07"),
    ],
)
def test_the_first_time_after_a_moment(line: str, first: str) -> None:
    found = read_cron(line).next_after(MONDAY)

    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == first
    assert read_cron(line).fits(found)


def test_a_time_that_never_comes_is_none() -> None:
    assert read_cron("0 0 30 2 *").next_after(MONDAY) is None


@pytest.mark.parametrize(
    "line", ["* * * *", "60 * * * *", "* 24 * * *", "x * * * *", "5-1 * * * *", "*/0 * * * *", "1"]
)
def test_what_is_no_line_is_refused_at_the_start(line: str) -> None:
    with pytest.raises(ValueError):
        read_cron(line)
    with pytest.raises(WrongUse, match="MODERATION_RETRAIN_CRON"):
        read_settings(retrain_cron=line)


def a_run(state: RunState, minutes_ago: float) -> TrainingRun:
    return TrainingRun(UUID(int=1), UUID(int=2), "ana", state, MONDAY - timedelta(minutes=minutes_ago), None, None, {})


@pytest.mark.parametrize(
    ("line", "after", "runs", "new", "due"),
    [
        ("*/5 * * * *", 0, [a_run(RunState.PROMOTED, 7)], 1, True),
        ("*/5 * * * *", 0, [a_run(RunState.PROMOTED, 7)], 0, False),  # nothing new to learn
        ("0 3 * * *", 0, [a_run(RunState.PROMOTED, 7)], 9, False),
        ("0 3 * * *", 0, [], 9, False),  # a service that has just started waits for the next time
        ("*/5 * * * *", 0, [a_run(RunState.FAILED, 7)], 9, False),
        ("*/5 * * * *", 0, [a_run(RunState.FAILED, 70)], 9, True),
        (None, 100, [], 100, True),
        (None, 100, [], 99, False),
        (None, 100, [a_run(RunState.REFUSED, 5)], 500, False),
        (None, 100, [a_run(RunState.REFUSED, 11)], 500, True),
        (None, 0, [], 500, False),
        # One that failed is tried again after an hour, and not when the next time or as many labels have come.
        ("30 3 * * *", 0, [a_run(RunState.FAILED, 8 * 60), a_run(RunState.REFUSED, 33 * 60)], 1, True),
        ("30 3 * * *", 0, [a_run(RunState.RUNNING, 8 * 60), a_run(RunState.KEPT, 33 * 60)], 1, True),  # it has died
        (None, 100, [a_run(RunState.FAILED, 61), a_run(RunState.PROMOTED, 90)], 100, True),
        (None, 100, [a_run(RunState.FAILED, 59), a_run(RunState.PROMOTED, 90)], 100, False),
    ],
)
def test_when_a_site_is_trained(line: str | None, after: int, runs: list[TrainingRun], new: int, due: bool) -> None:
    cron = read_cron(line) if line else None
    since = MONDAY - timedelta(seconds=5)

    assert is_due(cron, after, runs=runs, new_labels=new, since=since, now=MONDAY) is due
