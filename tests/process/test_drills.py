"""The tools that hold drills and measure: what they say is what was found."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from bench.figures import Run, figures
from bench.load import Order, comment, prepared
from bench.picture import bars
from drills.__main__ import Drill, main
from drills.ground import Ground
from drills.power_cut import judge
from drills.results import Findings
from drills.traffic import settle, traffic
from moderation.intake.signature import verify
from tests.process.commands import eventually
from tests.process.sending import Keys

pytestmark = [pytest.mark.slow, pytest.mark.alone]


async def trivial(ground: Ground, findings: Findings) -> None:
    """Sends a little and breaks nothing."""
    async with traffic(ground, sites=2) as seen:
        await asyncio.to_thread(eventually, lambda: bool(seen.acknowledged()), what="an acknowledgement")
    await settle(ground, seen, findings)


async def broken_promise(_ground: Ground, findings: Findings) -> None:
    """Finds that something took too long."""
    findings.at_most("at most 1 s", 2.5, 1, "s")


async def broken_drill(_ground: Ground, _findings: Findings) -> None:
    """Does not come to its end."""
    raise ValueError("no such thing")


def test_a_drill_that_finds_everything_well_ends_with_a_table_and_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--quick", "--databases", "sqlite"], drills=[Drill("D0", trivial)])

    lines = capsys.readouterr().out.splitlines()
    assert status == 0, lines
    assert [cell.strip() for cell in lines[0].strip("|").split("|")] == [
        "drill", "database", "asked", "measured", "verdict",
    ]  # fmt: skip
    (stored,) = [line for line in lines if "each acknowledged comment stored once" in line]
    assert "0 lost, 0 doubled" in stored
    assert stored.startswith("| D0    | sqlite   |")
    assert stored.endswith("| pass    |")
    assert lines[-1] == "Nothing failed."


@pytest.mark.parametrize(("drill", "told"), [(broken_promise, "2.50 s"), (broken_drill, "ValueError: no such thing")])
def test_a_broken_promise_and_a_broken_drill_end_with_status_1(
    drill: object, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--quick", "--databases", "sqlite"], drills=[Drill("D0", drill)])  # type: ignore[arg-type]

    out = capsys.readouterr().out
    assert status == 1
    (line,) = [line for line in out.splitlines() if told in line]
    assert "| FAIL " in line
    assert out.endswith("FAILED: D0 on sqlite\n")


@pytest.mark.parametrize(
    ("trace", "covered"),
    [
        ('7 fdatasync(9) = 0\n7 sendto(5, "HTTP/1.1 201 Cre", 90) = 90\n', (1, 1)),
        ('7 sendto(5, "HTTP/1.1 201 Cre", 90) = 90\n7 fdatasync(9) = 0\n', (0, 1)),
        ('7 fsync(9) = -1 EIO (Input/output error) (INJECTED)\n7 sendto(5, "HTTP/1.1 201 Cre", 90) = 90\n', (0, 1)),
        ("8 <... fdatasync resumed>) = 0\n" + 2 * '7 sendto(5, "HTTP/1.1 201 Cre", 90) = 90\n', (1, 2)),
    ],
)
def test_an_acknowledgement_needs_a_wait_for_the_disk_of_its_own(trace: str, covered: tuple[int, int]) -> None:
    assert judge(trace) == covered


def test_ratios_are_medians_of_those_within_a_round() -> None:
    speeds = {"echo": (1000.0, 4000.0, 1000.0), "moderation": (500.0, 1000.0, 700.0), "naive": (50.0, 50.0, 50.0)}
    runs = [
        Run("sqlite", 64, server, turn, speed, 1.0, 2.0, 100.0, 0.2, 0)
        for server, values in speeds.items()
        for turn, speed in enumerate(values)
    ]

    rows = {row.server: row for row in figures(runs)}

    assert (rows["moderation"].per_second, rows["moderation"].of_echo) == (700.0, 0.5)
    assert rows["moderation"].of_naive == 14.0
    assert rows["echo"].of_echo is None


def test_what_is_sent_is_signed_and_never_twice_the_same() -> None:
    keys = Keys("first-site", "", "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    requests = prepared(Order(0, keys, 1, 1.0, first=0, count=50))

    assert len(set(requests)) == 50
    for request in requests:
        head, body = request.split(b"\r\n\r\n", 1)
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        assert int(headers["content-length"]) == len(body)
        verify(headers=headers, body=body, secrets=[keys.webhook_secret], now=datetime.now(UTC))
    assert len({comment(number) for number in range(20_000)}) > 19_900


def test_a_picture_is_xml_that_says_its_figures_in_words() -> None:
    drawn = ElementTree.fromstring(bars("CPU <µs>", {"SQLite": [("web", (3.0, 4.0))]}, ("loop", "threads")))

    assert drawn.findtext("{http://www.w3.org/2000/svg}title") == "CPU <µs>. SQLite: web 7."
