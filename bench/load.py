"""Sends prepared requests over some connections, each of which waits for an answer before it sends the next.

Runs in a process of its own and on bare sockets, so that the sender takes little of what is measured.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from tests.process.sending import Keys, real_texts, signed

_TEXT_BYTES = range(200, 401)  # about 300, as a comment below an article often has
_TOO_LONG_SECONDS = 30


@dataclass(frozen=True)
class Order:
    """What to send, where, and for how long. `first` is the number of the first comment; all are different."""

    port: int
    keys: Keys
    connections: int
    seconds: float
    first: int
    count: int
    repeats: bool = False  # begin again when all are sent; for who does not care


@dataclass
class Outcome:
    """What came of it: seconds from the first request to the last answer, and seconds of each request."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list, repr=False)

    @property
    def per_second(self) -> float:
        """Returns the answers a second."""
        return len(self.latencies) / self.seconds

    def milliseconds(self, share: float) -> float:
        """Returns what this share of the requests took at most."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def receipts(self) -> list[tuple[str, str]]:
        """Returns external id and id of every comment that was acknowledged."""
        read = [json.loads(body) for body in self.bodies]
        return [(receipt["external_id"], receipt["id"]) for receipt in read]


def work(orders: Connection) -> None:
    """Carries out one order after the other; what is sent is made before the clock starts."""
    while isinstance(order := orders.recv(), Order):
        requests = prepared(order)
        orders.send(asyncio.run(send(order, requests)))


def prepared(order: Order) -> list[bytes]:
    """Returns whole requests: signed, and all different."""
    texts = [text for text in real_texts() if len(text.encode()) in _TEXT_BYTES]
    numbers = range(order.first, order.first + order.count)
    return [_request(order.keys, number, f"{texts[number % len(texts)]} ({number})") for number in numbers]


def _request(keys: Keys, number: int, text: str) -> bytes:
    delivery = signed(keys, f"b-{number}", text)
    body = delivery.body.encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in delivery.headers.items())
    head = f"POST {delivery.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


async def send(order: Order, requests: list[bytes]) -> Outcome:
    """Sends until the time is over or nothing is left, and waits for the answers that are under way."""
    outcome, loop = Outcome(), asyncio.get_running_loop()
    begin = time.perf_counter()
    wanted = _until(begin + order.seconds, requests, repeats=order.repeats)
    connections = []
    for _ in range(order.connections):
        _, protocol = await loop.create_connection(lambda: Sender(wanted, outcome), "127.0.0.1", order.port)
        connections.append(protocol)
    async with asyncio.timeout(order.seconds + _TOO_LONG_SECONDS):
        await asyncio.gather(*(connection.done for connection in connections))
    outcome.seconds = time.perf_counter() - begin
    return outcome


def _until(end: float, requests: list[bytes], *, repeats: bool) -> Iterator[bytes]:
    while True:
        for request in requests:
            if time.perf_counter() >= end:
                return
            yield request
        if not repeats:
            return


class Sender(asyncio.Protocol):
    """One connection."""

    def __init__(self, wanted: Iterator[bytes], outcome: Outcome) -> None:
        self._wanted = wanted
        self._outcome = outcome
        self._received = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end or len(rest) < _length(head):
            return
        self._outcome.latencies.append(time.perf_counter() - self._sent_at)
        status = int(head[9:12])
        self._outcome.statuses[status] += 1
        if status == 201:
            self._outcome.bodies.append(rest)
        self._received = b""
        self._send_next()

    def _send_next(self) -> None:
        request = next(self._wanted, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.index(b"content-length:") + 15
    return int(lower[start:].split(b"\r\n", 1)[0])
