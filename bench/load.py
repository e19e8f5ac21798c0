"""Sends prepared requests over some connections, each of which waits for an answer before it sends the next.

Runs in a process of its own, on bare sockets and without an event loop library, so that the sender takes little of what
is measured; how much it took of its core is part of the outcome.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from multiprocessing.connection import Connection
from typing import NamedTuple

from moderation.bundled import bundled_folder
from moderation.training.sources import bundled_examples
from tests.process.sending import Keys

_TEXT_BYTES = range(200, 401)  # about 300 on average
_ARTICLES = 100  # below which the comments stand
_TOO_LONG_SECONDS = 30
_END_OF_HEAD = b"\r\n\r\n"


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
    """What came of it: seconds from the first request to the last answer, of each request, and of the sender's CPU."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list, repr=False)

    def hear(self, answer: Answer) -> None:
        """Takes an answer in."""
        self.latencies.append(answer.seconds)
        self.statuses[answer.status] += 1
        if answer.status == 201:
            self.bodies.append(answer.body)

    @property
    def per_second(self) -> float:
        """Returns the answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def cpu_share(self) -> float:
        """Returns how much of one core the sender took; near 1 it is the sender that was measured."""
        return self.cpu_seconds / self.seconds

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
    with suppress(EOFError):  # nobody is left to give orders
        while True:
            order = orders.recv()
            orders.send(send(order, prepared(order)))


def prepared(order: Order) -> list[bytes]:
    """Returns whole requests: signed, and all different."""
    numbers = range(order.first, order.first + order.count)
    now = datetime.now(UTC)
    return [request(order.keys, number, comment(number), now) for number in numbers]


@cache
def comments() -> list[str]:
    """Returns the shipped texts, ham and spam, that are as long as a comment below an article often is."""
    return [e.text for e in bundled_examples(bundled_folder("models")) if len(e.text.encode()) in _TEXT_BYTES]


def comment(number: int) -> str:
    """Returns a text that is not like another one: those that were shipped, and then halves of two of them."""
    texts = comments()
    turn, index = divmod(number, len(texts))
    first, second = texts[index], texts[(index + 101 * turn) % len(texts)]
    return first if turn == 0 else f"{first[: len(first) // 2]} {second[len(second) // 2 :]}".strip()


def request(keys: Keys, number: int, text: str, now: datetime) -> bytes:
    """Returns one signed comment (Standard Webhooks) of an author of its own, head and body."""
    external_id = f"b-{number}"
    submission = {
        "external_id": external_id,
        "article": {"id": f"a-{number % _ARTICLES}"},
        "author": {"name": "Ana", "email": f"{external_id}@example.org"},
        "text": text,
    }
    body = json.dumps({"type": "comment.submitted", "timestamp": now.isoformat(), "data": submission}).encode()
    moment = int(now.timestamp())
    secret = base64.b64decode(keys.webhook_secret.removeprefix("whsec_"))
    mac = hmac.digest(secret, b"msg-%s.%d.%s" % (external_id.encode(), moment, body), hashlib.sha256)
    head = (
        f"POST /v1/sites/{keys.site}/webhook HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nwebhook-id: msg-{external_id}\r\nwebhook-timestamp: {moment}\r\n"
        f"webhook-signature: v1,{base64.b64encode(mac).decode()}\r\n\r\n"
    )
    return head.encode() + body


def send(order: Order, requests: list[bytes]) -> Outcome:
    """Sends until the time is over or nothing is left, and waits for the answers that are under way.

    Raises ConnectionError when the server hangs up, TimeoutError when it stops answering.
    """
    outcome = Outcome()
    begin, cpu = time.perf_counter(), time.process_time()
    wanted = _until(begin + order.seconds, requests, repeats=order.repeats)
    with selectors.DefaultSelector() as selector:
        for each in islice(wanted, order.connections):
            line = Line(order.port)
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.send(each)
        while selector.get_map():
            ready = selector.select(_TOO_LONG_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer for {_TOO_LONG_SECONDS} seconds")
            answered = [(key.data, answer) for key, _ in ready if (answer := key.data.receive()) is not None]
            for line, answer in answered:
                outcome.hear(answer)
                _go_on(line, wanted, selector)
    outcome.seconds, outcome.cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu
    return outcome


def _go_on(line: Line, wanted: Iterator[bytes], selector: selectors.BaseSelector) -> None:
    following = next(wanted, None)
    if following is not None:
        line.send(following)
        return
    selector.unregister(line.socket)
    line.socket.close()


def _until(end: float, requests: list[bytes], *, repeats: bool) -> Iterator[bytes]:
    while True:
        for each in requests:
            if time.perf_counter() >= end:
                return
            yield each
        if not repeats:
            return


class Answer(NamedTuple):
    """One answer: how many seconds after its request it was complete, its status, head and body."""

    seconds: float
    status: int
    head: bytes
    body: bytes


class Line:
    """One connection, with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self._sent_at = 0.0

    def send(self, wanted: bytes) -> None:
        """Sends a request; the answer to the last one must be complete."""
        self._sent_at = time.perf_counter()
        self.socket.sendall(wanted)

    def receive(self) -> Answer | None:
        """Takes what has come, and returns the answer if that makes it complete. Raises ConnectionError."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server hung up")
        self._received += data
        head, end, body = self._received.partition(_END_OF_HEAD)
        if not end or len(body) < _length(head):
            return None
        self._received = b""
        return Answer(time.perf_counter() - self._sent_at, int(head[9:12]), head, body)


def _length(head: bytes) -> int:
    start = head.find(b"Content-Length: ")
    if start < 0:
        head = head.lower()
        start = head.index(b"content-length: ")
    return int(head[start + 16 :].split(b"\r\n", 1)[0])
