"""D10: ten times as many comments as the service can take.

On small batches, so that a service takes some hundred comments a second and one machine can send ten times as many. As
many batches may wait as with the ordinary settings (2000 / 256), so that it is the same service on a smaller scale.

What makes it fair on a machine with few cores: the service has one for itself, before and during the storm; the sender
has the others, works on bare sockets with requests that were made beforehand, and gives way to the database server
there. What the service takes is measured by the same means, with the same comments, over 30 connections: no less than
it really takes. A comment that is due while every connection still waits for an answer counts as sent in vain; how many
there were is told.
"""

from __future__ import annotations

import asyncio
import time

from bench import targets
from bench.load import Order
from bench.processes import resident_megabytes
from drills.ground import Ground
from drills.results import Findings
from drills.storm import Storm, storm
from drills.traffic import percentile

_TIMES = 10
_P99_SECONDS = 2
_GOODPUT = 0.5
_MEMORY_MEGABYTES = 512
_LINES = 800  # connections; below the limit of the service
_CAPACITY_LINES = 30  # no more than may be in work, so that nothing is refused
_CALM_SECONDS = 5
_CALM_P99_SECONDS = 0.5


async def overload(ground: Ground, findings: Findings) -> None:
    """Measures what the service takes, sends ten times as much, and looks whether it is well afterwards."""
    ground.place.environ |= {"MODERATION_MAX_BATCH": "4", "MODERATION_MAX_WAITING": "31"}
    with targets.on_server_core():
        pid = ground.serving.process.pid
    await asyncio.to_thread(_hold, ground, findings, pid)


def _hold(ground: Ground, findings: Findings, pid: int) -> None:
    targets.leave_server_core()
    port, keys = int(ground.serving.address.rsplit(":", 1)[1]), ground.place.keys
    service = targets.Target("moderation", port, pid, keys, 0.0, ground.place.stored)
    with targets.sender() as send:
        service.measure(send, _CAPACITY_LINES, ground.size(2, 1))  # for the caches
        calm, _ = service.measure(send, _CAPACITY_LINES, ground.size(8, 2))
    capacity = calm.statuses[201] / calm.seconds
    seconds, before = ground.size(20, 3), resident_megabytes(pid)
    count = int(_TIMES * capacity * seconds)
    seen = storm(Order(port, keys, _LINES, seconds, service.sent, count), _TIMES * capacity)
    service.sent += count
    service.receipts += seen.receipts
    _judge(findings, seen, capacity)
    peak = resident_megabytes(pid, peak=True)
    told = f"{peak:.0f} MB, {before:.0f} MB before"
    findings.ask(f"memory at most {_MEMORY_MEGABYTES} MB", told, peak <= _MEMORY_MEGABYTES)
    _calm(findings, service)
    findings.ask("accepted exactly once", service.wrong() or f"{len(service.receipts):,}", service.wrong() is None)


def _judge(findings: Findings, seen: Storm, capacity: float) -> None:
    heard = seen.statuses.total()
    told = f"{capacity:,.0f}/s taken; {seen.due:,} due, {seen.held_back / seen.due:.0%} found no free connection"
    findings.ask(f"{_TIMES} times what it takes", told, None)
    findings.ask("the sender's share of its core", f"{seen.cpu_seconds / seen.seconds:.0%}", None)
    findings.at_most(
        f"accepted p99 at most {_P99_SECONDS} s", percentile(seen.accepted_seconds, 0.99), _P99_SECONDS, "s"
    )
    findings.ask("refused p99", f"{percentile(seen.refused_seconds, 0.99):.2f} s", None)
    odd = set(seen.statuses) - {200, 201, 429, 503}
    findings.ask("only 2xx, 429, 503", str(dict(sorted(seen.statuses.items()))), not odd)
    without = seen.refused_without_retry
    findings.ask("all refusals with Retry-After", f"{without} of {heard - len(seen.receipts):,} without", not without)
    goodput = len(seen.receipts) / seen.seconds / capacity
    findings.ask(f"goodput at least {_GOODPUT:.0%} of capacity", f"{goodput:.0%}", goodput >= _GOODPUT)


def _calm(findings: Findings, service: targets.Target) -> None:
    """Waits, and sends a few comments one after the other."""
    time.sleep(_CALM_SECONDS)
    with targets.sender() as send:
        outcome, _ = service.measure(send, 1, 1.0)
    p99 = outcome.milliseconds(0.99) / 1000
    well = set(outcome.statuses) == {201} and p99 < _CALM_P99_SECONDS
    findings.ask(f"normal {_CALM_SECONDS} s later", f"p99 {1000 * p99:.0f} ms", well)
