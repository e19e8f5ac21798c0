"""More requests than can be answered, sent at a fixed rate whether or not earlier ones were answered.

Like `bench/load.py` it works on bare sockets and in a process of its own, which steps back (`nice`) for everything else
on its cores, such as the database server: what it takes from the service would be counted against the service.
"""

from __future__ import annotations

import json
import os
import selectors
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection

from bench.load import Answer, Line, Order, prepared

_NICE = 10
_LOOK_SECONDS = 0.001
_TOO_LONG_SECONDS = 30


@dataclass
class Storm:
    """What came of it. Seconds are from the first request to the last answer, and of each that was accepted."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    due: int = 0
    held_back: int = 0  # not sent when they were due, because every connection waited for an answer
    statuses: Counter[int] = field(default_factory=Counter)  # 0: no answer
    accepted_seconds: list[float] = field(default_factory=list)
    refused_seconds: list[float] = field(default_factory=list)
    refused_without_retry: int = 0
    receipts: list[tuple[str, str]] = field(default_factory=list)

    def hear(self, answer: Answer) -> None:
        """Takes an answer in."""
        self.statuses[answer.status] += 1
        if answer.status in {200, 201}:
            receipt = json.loads(answer.body)
            self.receipts.append((receipt["external_id"], receipt["id"]))
            self.accepted_seconds.append(answer.seconds)
        else:
            self.refused_seconds.append(answer.seconds)
            self.refused_without_retry += b"\r\nretry-after:" not in answer.head.lower()


def storm(order: Order, per_second: float) -> Storm:
    """Sends `order.count` comments at this rate over at most `order.connections`; returns when all are answered."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_work, args=(theirs, order, per_second), daemon=True)
    process.start()
    theirs.close()
    try:
        result = ours.recv()
    finally:
        ours.close()
        process.join()
    if not isinstance(result, Storm):
        raise TypeError(result)
    return result


def _work(results: Connection, order: Order, per_second: float) -> None:
    requests = prepared(order)
    os.nice(_NICE)
    results.send(_Weather(order, requests, per_second).rage())


class _Weather:
    """The connections of a storm, busy or free."""

    def __init__(self, order: Order, requests: Sequence[bytes], per_second: float) -> None:
        self._port, self._lines, self._rate = order.port, order.connections, per_second
        self._requests = requests
        self._seen = Storm(due=len(requests))
        self._free: list[Line] = []
        self._busy: set[Line] = set()
        self._selector = selectors.DefaultSelector()

    def rage(self) -> Storm:
        """Sends everything, or counts it as held back, when it is due; then waits for the last answers."""
        for _ in range(self._lines):
            self._connect()
        begin, cpu = time.perf_counter(), time.process_time()
        passed, end = 0, begin + len(self._requests) / self._rate
        while self._busy or passed < len(self._requests):
            now = time.perf_counter()
            due = min(len(self._requests), int((now - begin) * self._rate) + 1)
            self._send(self._requests[passed:due])
            passed = due
            if now > end + _TOO_LONG_SECONDS:
                self._seen.statuses[0] += len(self._busy)
                break
            for key, _ in self._selector.select(_LOOK_SECONDS):
                self._hear(key.data)
        self._seen.seconds, self._seen.cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu
        return self._seen

    def _connect(self) -> None:
        line = Line(self._port)
        self._selector.register(line.socket, selectors.EVENT_READ, line)
        self._free.append(line)

    def _send(self, requests: Sequence[bytes]) -> None:
        for request in requests:
            if not self._free:
                self._seen.held_back += 1
                continue
            line = self._free.pop()
            self._busy.add(line)
            try:
                line.send(request)
            except ConnectionError:
                self._lost(line)

    def _hear(self, line: Line) -> None:
        try:
            answer = line.receive()
        except ConnectionError:
            self._lost(line)
            return
        if answer is not None:
            self._busy.discard(line)
            self._free.append(line)
            self._seen.hear(answer)

    def _lost(self, line: Line) -> None:
        """Counts a connection that broke while an answer was due, and makes another one."""
        if line in self._busy:
            self._seen.statuses[0] += 1
            self._busy.remove(line)
        if line in self._free:
            self._free.remove(line)
        self._selector.unregister(line.socket)
        line.socket.close()
        self._connect()
