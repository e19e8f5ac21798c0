"""D10: ten times as many comments as the service can take.

With small batches a service takes some hundred comments a second, so that one machine can send ten times as many. As
many batches may wait as with the ordinary settings (2000 / 256), so that it is the same service on a smaller scale.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bench.processes import resident_megabytes
from drills.ground import Ground
from drills.results import Findings
from drills.traffic import percentile
from tests.process.sending import Answer, Delivery, send_all

_TIMES = 10
_P99_SECONDS = 2
_MEMORY_MEGABYTES = 512
_LINES = 800  # connections; below the limit of the service
_CALM_SECONDS = 5
_TICK_SECONDS = 0.01


@dataclass
class Storm:
    """What was heard under overload."""

    statuses: Counter[int] = field(default_factory=Counter)
    accepted_seconds: list[float] = field(default_factory=list)
    taken: dict[str, str] = field(default_factory=dict)
    refused_without_retry: int = 0
    seconds: float = 0.0  # from the first request to the last answer
    held_back: int = 0  # not sent in time because every connection waited for an answer


async def overload(ground: Ground, findings: Findings) -> None:
    """Measures what the service takes, sends ten times as much, and looks whether it is well afterwards."""
    ground.place.environ |= {"MODERATION_MAX_BATCH": "4", "MODERATION_MAX_WAITING": "31"}
    pid = ground.serving.process.pid
    known = ground.deliveries(int(ground.size(2000, 400)))
    first = await send_all(ground.serving.address, ground.deliveries(200), concurrency=16)  # for the caches
    begin = time.monotonic()
    first |= await send_all(ground.serving.address, known, concurrency=16)
    capacity = len(known) / (time.monotonic() - begin)
    seconds = ground.size(20, 3)
    wanted = await asyncio.to_thread(ground.deliveries, int(_TIMES * capacity * seconds))
    storm = Storm()
    await _send_at(ground, wanted, _TIMES * capacity, storm)
    memory = resident_megabytes(pid, peak=True)
    await asyncio.sleep(_CALM_SECONDS)
    calm = ground.deliveries(50)
    after: list[float] = []
    answers: dict[str, Answer] = {}
    for delivery in calm:
        moment = time.monotonic()
        answers |= await send_all(ground.serving.address, [delivery], concurrency=1)
        after.append(time.monotonic() - moment)
    _judge(findings, storm, capacity, len(wanted))
    findings.at_most(f"memory at most {_MEMORY_MEGABYTES} MB", memory, _MEMORY_MEGABYTES, "MB")
    well = {answer.status for answer in answers.values()} == {201}
    findings.ask(f"normal {_CALM_SECONDS} s later", f"p99 {1000 * percentile(after, 0.99):.0f} ms",
                 well and percentile(after, 0.99) < 0.5)  # fmt: skip
    taken = {name: answer for name, answer in (first | answers).items() if answer.status == 201}
    ids = {name: str(answer.body["id"]) for name, answer in taken.items()} | storm.taken
    stored = ground.place.stored()
    lost, doubled = len(set(ids.items()) - set(stored)), len(stored) - len({name for name, _ in stored})
    findings.ask("accepted exactly once", f"{len(ids):,}, {lost} lost, {doubled} doubled", not lost and not doubled)


def _judge(findings: Findings, storm: Storm, capacity: float, wanted: int) -> None:
    offered = storm.statuses.total() / storm.seconds
    told = f"{capacity:,.0f}/s; {offered / capacity:.1f} times sent, {storm.held_back / wanted:.0%} found no free line"
    findings.ask(f"{_TIMES} times what it takes", told, None)
    findings.at_most(
        f"accepted p99 at most {_P99_SECONDS} s", percentile(storm.accepted_seconds, 0.99), _P99_SECONDS, "s"
    )
    odd = set(storm.statuses) - {200, 201, 429, 503}
    findings.ask("only 2xx, 429, 503", str(dict(sorted(storm.statuses.items()))), not odd)
    without = storm.refused_without_retry
    findings.ask("all refusals with Retry-After", f"{without} without", not without)
    goodput = len(storm.taken) / storm.seconds / capacity
    findings.ask("goodput at least 50 % of capacity", f"{goodput:.0%}", goodput >= 0.5)


async def _send_at(ground: Ground, wanted: Sequence[Delivery], rate: float, storm: Storm) -> None:
    """Sends so many a second whether or not earlier ones were answered, as far as there are free connections."""
    host, port = ground.serving.address.removeprefix("http://").split(":")
    due: asyncio.Queue[Delivery | None] = asyncio.Queue()
    lines = [asyncio.create_task(_line(host, int(port), due, storm)) for _ in range(_LINES)]
    begin, sent = time.monotonic(), 0
    while sent < len(wanted):
        now = min(len(wanted), int((time.monotonic() - begin) * rate) + 1)
        for delivery in wanted[sent:now]:
            if due.qsize() < _LINES:
                due.put_nowait(delivery)
            else:
                storm.held_back += 1
        sent = now
        await asyncio.sleep(_TICK_SECONDS)
    for _ in lines:
        due.put_nowait(None)
    await asyncio.gather(*lines)
    storm.seconds = time.monotonic() - begin


async def _line(host: str, port: int, due: asyncio.Queue[Delivery | None], storm: Storm) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while (delivery := await due.get()) is not None:
        fields = "".join(f"{name}: {value}\r\n" for name, value in delivery.headers.items())
        body = delivery.body.encode()
        head = f"POST {delivery.path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n{fields}\r\n"
        begin = time.monotonic()
        try:
            writer.write(head.encode() + body)
            status, retry, answer = await asyncio.wait_for(_answer(reader), 30)
        except (OSError, EOFError, TimeoutError):
            storm.statuses[0] += 1
            reader, writer = await asyncio.open_connection(host, port)
            continue
        storm.statuses[status] += 1
        if status in {200, 201}:
            storm.accepted_seconds.append(time.monotonic() - begin)
            storm.taken[delivery.external_id] = _id_in(answer)
        elif not retry:
            storm.refused_without_retry += 1
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head[9:12]), b"\r\nretry-after:" in head, await reader.readexactly(length)


def _id_in(answer: bytes) -> str:
    return answer.split(b'"id"', 1)[1].split(b'"')[1].decode()
