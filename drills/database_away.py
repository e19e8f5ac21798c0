"""D3: the database is stopped, frozen, slow, or locked by another process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bench.processes import resident_megabytes
from drills.ground import Ground
from drills.results import Findings
from drills.traffic import Traffic, settle, traffic
from tests.process.commands import eventually

_ANSWER_SECONDS = 5
_BACK_SECONDS = 10
_MEMORY_MEGABYTES = 50
_MANY_PAUSE_SECONDS = 1.0  # between the comments of one of very many sites, as long as a refusal asks for

# Another program at work on the same file; it lets go for a moment after each `held` seconds, for `rounds` times.
_LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
for _ in range(int(sys.argv[3])):
    connection.execute("BEGIN IMMEDIATE")
    time.sleep(float(sys.argv[2]))
    connection.execute("ROLLBACK")
    time.sleep(0.05)
"""


async def stopped(ground: Ground, findings: Findings) -> None:
    """D3a: the server ends at once and is started again."""
    assert ground.server is not None
    await _outage(ground, findings, ground.server.stop_server, ground.server.start_server)


async def frozen(ground: Ground, findings: Findings) -> None:
    """D3b: the server takes what is sent and answers nothing."""
    assert ground.server is not None
    await _outage(ground, findings, ground.server.pause, ground.server.resume)


async def slow(ground: Ground, findings: Findings) -> None:
    """D3c: each transaction takes seconds; many sites send."""
    seconds = ground.size(30, 8)
    async with traffic(ground, sites=int(ground.size(400, 100)), pause=_MANY_PAUSE_SECONDS) as seen:
        await asyncio.sleep(ground.size(10, 4))  # for the caches
        before, begin = resident_megabytes(ground.serving.process.pid), time.monotonic()
        await _slowed(ground, seconds)
        end = time.monotonic()
        await asyncio.sleep(2)
    during = seen.between(begin, end)
    odd = sorted({each.status for each in during} - {200, 201, 429, 503})
    findings.at_most(f"answers within {_ANSWER_SECONDS} s", _slowest(seen), _ANSWER_SECONDS, "s")
    findings.ask("only 2xx, 429 and 503 while it is slow", f"{len(during)} answers, others: {odd}", not odd)
    growth = resident_megabytes(ground.serving.process.pid, peak=True) - before
    findings.at_most(f"memory grows by {_MEMORY_MEGABYTES} MB at most", growth, _MEMORY_MEGABYTES, "MB")
    await settle(ground, seen, findings)


async def locked(ground: Ground, findings: Findings) -> None:
    """D3d: another process holds SQLite's write lock."""
    seconds = ground.size(10, 5)
    async with traffic(ground) as seen:
        await asyncio.sleep(1)
        await asyncio.to_thread(_hold_lock, ground, seconds, 1)
        end = time.monotonic()
        await until_taken(seen, end)
    findings.at_most(f"no hang over {_ANSWER_SECONDS} s", _slowest(seen), _ANSWER_SECONDS, "s")
    findings.at_most(f"first acceptance {_BACK_SECONDS} s after", seen.first_taken_after(end), _BACK_SECONDS, "s")
    await settle(ground, seen, findings)


async def _outage(
    ground: Ground, findings: Findings, take_away: Callable[[], None], bring_back: Callable[[], None]
) -> None:
    seconds = ground.size(30, 6)

    async def wait() -> None:
        await asyncio.sleep(seconds)

    await _through(ground, findings, take_away, wait, bring_back)


async def _through(
    ground: Ground,
    findings: Findings,
    take_away: Callable[[], None],
    meanwhile: Callable[[], Awaitable[None]],
    bring_back: Callable[[], None],
) -> None:
    """Sends before, during and after an outage, and holds the answers against what is promised."""
    async with traffic(ground) as seen:
        await asyncio.sleep(1)
        await asyncio.to_thread(take_away)
        begin = time.monotonic()
        await meanwhile()
        end = time.monotonic()
        await asyncio.to_thread(bring_back)
        back = time.monotonic()
        await until_taken(seen, back)
    judge_outage(seen, begin, end, back, findings)
    await settle(ground, seen, findings)


def judge_outage(seen: Traffic, begin: float, end: float, back: float, findings: Findings) -> None:
    """Adds what is promised of an outage: liveness, answers that are clear and in time, and the way back."""
    during = seen.between(begin, end)
    bad = [each for each in during if each.status != 503 or not each.has_retry_after]
    shown = sorted({each.status for each in bad})
    alive = [seconds for seconds, status in seen.liveness if status == 200]
    findings.ask("liveness 200 throughout", f"{len(alive)} of {len(seen.liveness)}", len(alive) == len(seen.liveness))
    findings.at_most("liveness under 1 s", max(alive, default=float("inf")), 1, "s")
    findings.at_most(f"answers within {_ANSWER_SECONDS} s", _slowest(seen), _ANSWER_SECONDS, "s")
    findings.ask("all 503 with Retry-After meanwhile", f"{len(during)} answers, {len(bad)} others {shown or ''}",
                 bool(during) and not bad)  # fmt: skip
    findings.at_most(f"first acceptance {_BACK_SECONDS} s after", seen.first_taken_after(back), _BACK_SECONDS, "s")


async def until_taken(seen: Traffic, moment: float) -> None:
    """Waits until a comment is taken again, or so long that the drill has failed anyway."""
    await asyncio.to_thread(_taken, seen, moment)
    await asyncio.sleep(1)


def _taken(seen: Traffic, moment: float) -> None:
    with suppress(AssertionError):  # too late is seen by the figure
        eventually(lambda: seen.first_taken_after(moment) < float("inf"), seconds=3 * _BACK_SECONDS)


def _slowest(seen: Traffic) -> float:
    return max((each.seconds for each in seen.heard), default=float("inf"))


async def _slowed(ground: Ground, seconds: float) -> None:
    held = 2.0  # shorter than the three seconds after which a database counts as away
    if ground.server is None:
        await asyncio.to_thread(_hold_lock, ground, held, int(seconds / held))
        return
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.to_thread(ground.server.pause)
        await asyncio.sleep(held)
        ground.server.resume()
        await asyncio.sleep(0.05)


def _hold_lock(ground: Ground, held: float, rounds: int) -> None:
    command = [sys.executable, "-c", _LOCK, str(ground.database_file), str(held), str(rounds)]
    subprocess.run(command, check=True)
