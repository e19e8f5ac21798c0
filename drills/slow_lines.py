"""D11: connections that send hardly anything, and keep their places."""

from __future__ import annotations

import asyncio
import time
from itertools import cycle, islice

from drills.ground import Ground
from drills.results import Findings
from drills.traffic import percentile, settle, traffic
from tests.process.sending import Keys

_LINES = 300
_GONE_SECONDS = 35
_ORDINARY_SECONDS = 1


def kinds_of(keys: Keys) -> dict[str, tuple[bytes, bytes]]:
    """Returns what each kind of slow connection sends at once, and what it sends then, a byte a second.

    The key is right: a stranger would be refused before the service waits for the body.
    """
    head = (
        f"POST /v1/sites/{keys.site}/comments HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {keys.api_key}\r\n"
        "content-type: application/json\r\n"
    ).encode()
    return {
        "silent": (b"", b""),
        "slow head": (head, b"x-slow: " + b"a" * 1000),
        "slow body": (head + b"content-length: 60000\r\n\r\n", b"{" + b" " * 1000),
        "slow chunks": (head + b"transfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 200),
    }


async def slow_lines(ground: Ground, findings: Findings) -> None:
    """Opens slow connections beside ordinary sites, and waits until the service has closed them."""
    count = int(ground.size(_LINES, 40))
    async with traffic(ground) as seen:
        kinds = kinds_of(ground.place.keys)
        opened = list(islice(cycle(kinds), count))
        ended = await asyncio.gather(*(_dribble(ground, *kinds[kind]) for kind in opened))
    for kind in kinds:
        slowest = max(seconds for each, seconds in zip(opened, ended, strict=True) if each == kind)
        findings.at_most(f"{kind}: closed within {_GONE_SECONDS} s", slowest, _GONE_SECONDS, "s")
    good = [each.seconds for each in seen.heard if each.status == 201]
    findings.ask("ordinary ones all taken", f"{len(good)} of {len(seen.heard)}", len(good) == len(seen.heard) > 0)
    findings.at_most(f"ordinary p95 at most {_ORDINARY_SECONDS} s", percentile(good, 0.95), _ORDINARY_SECONDS, "s")
    await settle(ground, seen, findings)


async def _dribble(ground: Ground, at_once: bytes, then: bytes) -> float:
    """Returns after how many seconds the service had closed the connection; infinity when it never did."""
    host, port = ground.serving.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    begin = time.monotonic()
    writing = asyncio.create_task(_write(writer, at_once, then))
    try:
        async with asyncio.timeout(2 * _GONE_SECONDS):
            while await reader.read(65536):
                pass
    except ConnectionError:
        pass
    except TimeoutError:
        return float("inf")
    finally:
        writing.cancel()
        writer.close()
    return time.monotonic() - begin


async def _write(writer: asyncio.StreamWriter, at_once: bytes, then: bytes) -> None:
    writer.write(at_once)
    for byte in then:
        await asyncio.sleep(1)
        writer.write(bytes([byte]))
