"""Ids sort as they were made, and tell nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from moderation.clock import new_id, utc_now

MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(MOMENTS)
def test_an_id_is_a_uuid_of_version_7_that_begins_with_its_moment(moment: datetime) -> None:
    made = new_id(moment)

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(moment.timestamp() * 1000)


@given(MOMENTS)
def test_ids_of_one_millisecond_sort_as_they_were_made(moment: datetime) -> None:
    made = [new_id(moment) for _ in range(50)]

    assert sorted(made) == made
    assert len(set(made)) == 50


@given(MOMENTS)
def test_a_later_moment_gives_a_greater_id(moment: datetime) -> None:
    assert new_id(moment) < new_id(moment + timedelta(milliseconds=1))


def test_the_present_is_told_in_utc() -> None:
    assert utc_now().tzinfo is UTC
