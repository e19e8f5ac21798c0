"""D12: what people and their programs send by accident or on purpose, one request each."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote

from bench.processes import resident_megabytes
from drills.ground import Ground
from drills.results import Findings
from tests import bad_inputs as corpus
from tests.doors.test_bad_inputs import FIELDS
from tests.makers import a_payload
from tests.process.sending import Keys

_AT_ONCE = 8
_PATIENCE_SECONDS = 2
_GIVEN_UP_SECONDS = 1  # the service would wait ten seconds for the rest
_MEMORY_MEGABYTES = 150
_WANTED = 15_000
_LONGEST_PATH = 7_000  # a request line has 8 KiB at most
_TROUBLE = ("Traceback", "unexpected_error", "batch_failed", "scorer_failed")


@dataclass
class Told:
    """What came of the requests. Status 0: the line was closed without an answer, or we did not wait for its end."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0  # seconds, of complete requests
    unanswered: int = 0  # complete requests
    plain: int = 0  # refusals that are no problem documents
    first_bad: bytes = b""


async def bad_inputs(ground: Ground, findings: Findings) -> None:
    """Sends everything hostile that we know, and looks whether the service is well."""
    pid = ground.serving.process.pid
    host, port = ground.serving.address.removeprefix("http://").split(":")
    keys = ground.place.keys
    requests = [(request, True) for request in _requests(keys)] + [(request, False) for request in _broken(keys)]
    random.Random(12).shuffle(requests)  # so that a few of them are of all kinds
    wanted = int(ground.size(len(requests), 600))
    ground.without_flood_limit()
    before, told, waiting = resident_megabytes(pid), Told(), requests[:wanted]

    async def work() -> None:
        while waiting:
            await _send(host, int(port), *waiting.pop(), told)

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    least = int(ground.size(_WANTED, 600))
    findings.ask(f"at least {least:,} hostile requests", f"{wanted:,}", wanted >= least)
    errors = sum(count for status, count in told.statuses.items() if status >= 500)
    findings.ask("0 answers with 5xx", f"{errors} of {dict(sorted(told.statuses.items()))}", not errors)
    findings.ask("every complete request answered", f"{told.unanswered} not", not told.unanswered)
    findings.at_most(f"none over {_PATIENCE_SECONDS} s", told.slowest, _PATIENCE_SECONDS, "s")
    findings.ask("every refusal a problem document", f"{told.plain} others {told.first_bad!r:.120}", not told.plain)
    traces = [word for word in _TROUBLE if word in ground.serving.stderr]
    findings.ask("0 tracebacks", str(traces), not traces)
    growth = resident_megabytes(pid, peak=True) - before
    findings.at_most(f"memory grows by {_MEMORY_MEGABYTES} MB at most", growth, _MEMORY_MEGABYTES, "MB")
    alive = ground.serving.get("/readyz")[0]
    findings.ask("ready afterwards", alive, alive == 200)


def _requests(keys: Keys) -> Iterator[bytes]:
    """Yields whole requests: strings in every field and in addresses, e-mails, and JSON documents."""
    path = f"/v1/sites/{keys.site}"
    strings = corpus.strings()
    for name in FIELDS:
        for string in strings:
            yield _post(path, keys.api_key, json.dumps(a_payload(**{name: string})).encode())
    for row in corpus.rows("emails"):
        yield _post(path, keys.api_key, json.dumps(a_payload(**{"author.email": row["address"]})).encode())
    for _, _, body in corpus.json_bodies():
        yield _post(path, keys.api_key, body)
    for place in (
        path + "/articles/{}/comments", path + "/articles/a-1/comments?cursor={}", "/v1/sites/{}/counts?article=a-1",
        path + "/articles/a-1/comments?limit={}", path + "/counts?article={}", "/problems/{}", "/{}",
    ):  # fmt: skip
        for string in strings:
            written = quote(string.encode("utf-8", "surrogatepass"), safe="")
            if len(written) < _LONGEST_PATH:
                yield f"GET {place.format(written)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode()


def _broken(keys: Keys) -> Iterator[bytes]:
    """Yields a good request with single bytes changed, the same each time; some are not complete any more."""
    good, chance = _post(f"/v1/sites/{keys.site}", keys.api_key, json.dumps(a_payload()).encode()), random.Random(7)
    for _ in range(2_000):
        changed = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        yield bytes(changed)


def _post(path: str, key: str, body: bytes) -> bytes:
    head = (
        f"POST {path}/comments HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _send(host: str, port: int, request: bytes, complete: bool, told: Told) -> None:
    """Sends one request on a line of its own and reads to the end; what may be incomplete is given up early."""
    begin = time.monotonic()
    reader, writer = await asyncio.open_connection(host, port)
    answer = b""
    writer.write(request)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(10 * _PATIENCE_SECONDS if complete else _GIVEN_UP_SECONDS):
            while data := await reader.read(65536):
                answer += data
    writer.close()
    if complete:
        told.slowest = max(told.slowest, time.monotonic() - begin)
        told.unanswered += not answer
    status = int(answer[9:12]) if answer.startswith(b"HTTP/1.") else 0
    told.statuses[status] += 1
    head = answer.split(b"\r\n\r\n", 1)[0].lower()
    if status >= 400 and b"content-type: application/problem+json" not in head:
        told.plain += 1
        told.first_bad = told.first_bad or answer
