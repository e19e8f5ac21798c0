"""D2: a power cut, as far as it shows without one: each acknowledgement follows a write that reached the disk.

A killed process never shows a missing fsync, because the kernel keeps what was written. So strace tells in which order
the disk was waited for and answers were sent, and then makes every such wait fail with EIO.
"""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drills.ground import Ground
from drills.results import Findings
from tests.process.commands import eventually, status_of
from tests.process.sending import Answer, send_all

_ACKNOWLEDGEMENTS = 60
_TRACED = "fsync,fdatasync,sync_file_range,sendto,sendmsg,write,writev"
_SYNCED = re.compile(r"(fsync|fdatasync)(\(\d+\)| resumed>.*\)) += 0")
_ANSWERED = "HTTP/1.1 201"
_READY_SECONDS = 10


async def power_cut(ground: Ground, findings: Findings) -> None:
    """Traces one comment after the other, then lets the disk fail, and looks for what was promised meanwhile."""
    await send_all(ground.serving.address, ground.deliveries(5), concurrency=1)
    covered, total = await _in_order(ground)
    findings.ask(
        f"each of {_ACKNOWLEDGEMENTS} acknowledgements after an fsync that returned 0", f"{covered} of {total}",
        covered == total == _ACKNOWLEDGEMENTS,
    )  # fmt: skip
    failing = ground.deliveries(20)
    with _strace(ground, "-e", "inject=fsync,fdatasync:error=EIO"):
        answers = await send_all(ground.serving.address, failing, concurrency=4)
    taken = [name for name, answer in answers.items() if answer.status in {200, 201}]
    statuses = sorted({answer.status for answer in answers.values()})
    findings.ask("none acknowledged while the disk fails", f"{len(taken)} of {len(failing)}", not taken)
    findings.ask("answers are 503", str(statuses), statuses == [503] and len(answers) == len(failing))
    findings.ask("no crash", "runs" if ground.serving.process.poll() is None else "ended",
                 ground.serving.process.poll() is None)  # fmt: skip
    if ground.server is not None:
        # PostgreSQL ends itself when it cannot know what is on the disk; an operator starts it again.
        ground.server.stop_server()
        ground.server.start_server()
    url = f"{ground.serving.address}/readyz"
    back = await asyncio.to_thread(eventually, lambda: status_of(url) == 200, what="readiness")
    findings.at_most(f"ready {_READY_SECONDS} s after the disk is well", back, _READY_SECONDS, "s")
    again = await send_all(ground.serving.address, failing)
    ids = {name: str(answer.body.get("id")) for name, answer in again.items()}
    once = set(ids.items()) <= set(ground.place.stored()) and len(ids) == len(failing)
    findings.ask("sent again they are stored once", f"{len(ids)} of {len(failing)}",
                 once and len(ground.place.stored()) == ground.sent)  # fmt: skip


async def _in_order(ground: Ground) -> tuple[int, int]:
    """Returns how many answers followed a completed wait for the disk, each one of its own, and how many there were."""
    with _strace(ground) as trace:
        answers: dict[str, Answer] = {}
        for delivery in ground.deliveries(_ACKNOWLEDGEMENTS):
            answers |= await send_all(ground.serving.address, [delivery], concurrency=1)
    return judge(trace.read_text(encoding="utf-8", errors="replace"))


def judge(trace: str) -> tuple[int, int]:
    """Reads a trace: returns how many answers had a wait of their own that succeeded, and how many there were."""
    synced, covered, total = False, 0, 0
    for line in trace.splitlines():
        if _SYNCED.search(line):
            synced = True
        elif _ANSWERED in line:
            covered, total, synced = covered + synced, total + 1, False
    return covered, total


@contextmanager
def _strace(ground: Ground, *more: str) -> Iterator[Path]:
    """Traces service and database server while the context lasts; gives the file, whole when the context is left."""
    trace = ground.folder / f"trace-{len(list(ground.folder.glob('trace-*')))}"
    log = trace.with_suffix(".log")
    pids = [ground.serving.process.pid, *_backends(ground)]
    command = ["strace", "-f", "-s", "16", "-e", f"trace={_TRACED}", *more, "-o", str(trace)]
    with log.open("wb") as output:
        process = subprocess.Popen([*command, *(part for pid in pids for part in ("-p", str(pid)))], stderr=output)
    try:
        attached = lambda: log.read_text(encoding="utf-8").count(" attached") >= len(pids)  # noqa: E731
        eventually(attached, seconds=10, what="strace")
        yield trace
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


def _backends(ground: Ground) -> list[int]:
    """Returns the processes of PostgreSQL; those that it makes later are followed."""
    if ground.server is None:
        return []
    with ground.server.connect() as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
    return [ground.server.pid, *(pid for (pid,) in rows)]
