"""Ids sort as they were made, and tell nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.clock import new_id, rfc_3339, utc_now

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


@given(MOMENTS)
def test_a_moment_is_written_with_the_letter_of_utc_and_read_back_the_same(moment: datetime) -> None:
    written = rfc_3339(moment)

    assert written.endswith("Z")
    assert datetime.fromisoformat(written) == moment


def test_the_present_is_told_in_utc() -> None:
    assert utc_now().tzinfo is UTC


_FORKS = """
import os, sys
from datetime import UTC, datetime
from moderation.clock import new_id
moment = datetime(2026, 11, 23, tzinfo=UTC)
new_id(moment)
child = os.fork()
if child:
    os.waitpid(child, 0)  # else both may print at once, into one line
print(new_id(moment), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_two_processes_after_a_fork_make_different_ids() -> None:
    done = subprocess.run([sys.executable, "-c", _FORKS], stdout=subprocess.PIPE, text=True, check=True)
    one, other = done.stdout.split()

    assert one != other
