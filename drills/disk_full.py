"""D4: the disk is full. The place lies on a small file system of its own, in memory, which is then filled."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from drills.database_away import judge_outage, until_taken
from drills.ground import Ground
from drills.results import Findings
from drills.traffic import settle, traffic
from tests.process.commands import get_json

_BLOCK = 65536


async def disk_full(ground: Ground, findings: Findings) -> None:
    """Fills the disk, goes on sending and reading, and makes room again."""
    path = f"/v1/sites/{ground.place.keys.site}/articles/a-1/comments"
    ballast = ground.folder / "ballast"
    async with traffic(ground) as seen:
        await asyncio.sleep(1)
        await asyncio.to_thread(_fill, ballast)
        # What the store has reserved for itself is used up first.
        while not any(each.status == 503 for each in seen.heard[-8:]):
            await asyncio.sleep(0.1)
            await asyncio.to_thread(_fill, ballast)
        begin = time.monotonic()
        read = await asyncio.to_thread(_reads, ground, path, ground.size(30, 5))
        end = time.monotonic()
        ballast.unlink()
        if ground.server is not None and not _answers(ground):
            ground.server.stop_server()  # it has ended itself; an operator starts it again
            ground.server.start_server()
        back = time.monotonic()
        await until_taken(seen, back)
    judge_outage(seen, begin, end, back, findings)
    findings.ask("reads go on", f"statuses {sorted(read)}", read == {200})
    if ground.server is None:
        with closing(sqlite3.connect(ground.database_file)) as connection:
            told = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        findings.ask("integrity_check", told, told == "ok")
    await settle(ground, seen, findings)


def _reads(ground: Ground, path: str, seconds: float) -> set[int]:
    end, statuses = time.monotonic() + seconds, set()
    while time.monotonic() < end:
        statuses.add(get_json(ground.serving.address + path)[0])
        time.sleep(0.2)
    return statuses


def _answers(ground: Ground) -> bool:
    assert ground.server is not None
    try:
        ground.server.connect().close()
    except Exception:
        return False
    return True


def _fill(ballast: Path) -> None:
    """Writes until nothing more fits."""
    block = _BLOCK
    with ballast.open("ab", buffering=0) as file:
        while block:
            try:
                os.write(file.fileno(), bytes(block))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                block //= 2
