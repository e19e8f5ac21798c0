"""A replay waits while the store is away, loses no line, and says how to go on when it has to give up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from moderation.cli.replaying import NOT_TAKEN, Tally, lines_at_once, name_of, read_line, replay_lines
from moderation.wiring import House, Service
from moderation.workflows.sites import Credentials
from tests.doors.outages import Outage
from tests.doors.site_system import rows_stored
from tests.fakes import FakeClock, FakeScorer


def good_lines(count: int) -> list[bytes]:
    return [json.dumps({"external_id": f"r-{n}", "text": f"I have read number {n}."}).encode() for n in range(count)]


class Bystander:
    """Hears what a replay complains of, and lets it wait no longer than it takes to let others work."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.complained = asyncio.Event()
        self.waits: list[float] = []

    def complain(self, sentence: str) -> None:
        self.complaints.append(sentence)
        self.complained.set()

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)

    async def replay(self, lines: Sequence[bytes], service: Service) -> Tally:
        """Replays lines to the site `daily-planet`."""
        return await replay_lines(
            lines,
            slug="daily-planet",
            name="file",
            service=service,
            progress=lambda size: None,
            complain=self.complain,
            sleep=self.sleep,
        )


@pytest.fixture
def bystander() -> Bystander:
    return Bystander()


@pytest.fixture
async def narrow(house: House, credentials: Credentials) -> AsyncIterator[Service]:
    """A service in which hardly anybody may wait."""
    settings = house.settings.model_copy(update={"max_batch": 2, "max_waiting": 3})
    service = Service(replace(house, settings=settings), scorer=FakeScorer())
    yield service
    await service.submissions.close()


@pytest.mark.parametrize(("max_waiting", "lines"), [(1, 1), (511, 511), (512, 512), (2000, 512)])
def test_no_more_lines_are_under_way_than_may_wait_and_never_more_than_two_batches(
    max_waiting: int, lines: int
) -> None:
    assert lines_at_once(max_waiting) == lines


async def test_no_line_is_refused_for_waiting(narrow: Service, bystander: Bystander) -> None:
    tally = await bystander.replay(good_lines(11), narrow)

    assert (tally.counts["approved"], tally.total) == (11, 11)
    assert (bystander.complaints, bystander.waits) == ([], [])


async def test_lines_that_meet_an_outage_are_sent_again_until_they_are_taken(
    narrow: Service, house: House, write_outage: Outage, bystander: Bystander
) -> None:
    await narrow.directory.find("daily-planet")
    async with asyncio.TaskGroup() as tasks, write_outage():
        replaying = tasks.create_task(bystander.replay(good_lines(5), narrow))
        async with asyncio.timeout(20):
            await bystander.complained.wait()
    tally = replaying.result()

    # One that was stored when it was no longer waited for is known when it is sent again.
    assert tally.counts["approved"] + tally.counts["known"] == 5
    assert (tally.total, tally.stopped_at) == (5, None)
    assert (await rows_stored(house))["comments"] == 5
    assert len(bystander.complaints) == 1
    assert bystander.complaints[0].startswith("line 1: The database does not answer")


async def test_after_a_minute_the_rest_of_the_file_is_not_taken_and_a_second_replay_takes_it(
    narrow: Service, outage: Outage, bystander: Bystander, clock: FakeClock
) -> None:
    first, lines = good_lines(2), [b"bad", *good_lines(7), b""]
    await bystander.replay(first, narrow)
    async with outage():
        stopped = await bystander.replay(lines, narrow)
    waited = sum(bystander.waits)
    again = await bystander.replay(lines, narrow)

    assert (stopped.counts["malformed"], stopped.counts[NOT_TAKEN], stopped.total) == (1, 7, 8)
    assert (stopped.stopped_at, "does not answer" in stopped.reason) == (2, True)
    assert 30 <= waited <= 120
    assert (again.counts["known"], again.counts["approved"], again.counts[NOT_TAKEN], again.total) == (2, 5, 0, 8)


@pytest.mark.parametrize("stem", ["two\nlines", "tab\tbed", "caf\udce9", "bell\x07", "wide \u2028", "plain", "é.2"])
def test_a_file_may_have_any_name(stem: str, clock: FakeClock) -> None:
    name = name_of(Path("/folder") / f"{stem}.jsonl")

    submission = read_line(b'{"text": "The same words."}', number=1, name=name, now=clock())

    assert submission.external_id == f"replay-{name}-1"
    assert (name == stem) is (stem in {"plain", "é.2"})


def test_files_whose_names_differ_only_in_what_no_id_can_hold_are_different_files() -> None:
    assert name_of(Path("a\nb.jsonl")) != name_of(Path("a\tb.jsonl"))
