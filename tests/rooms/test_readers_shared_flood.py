"""The tries of readers: counted by all processes together in Redis, and by each alone when it is not there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from fakeredis import TcpFakeServer

from moderation.errors import Flood, RateLimited
from moderation.readers.flood import TRIES_OF_ADDRESS, WINDOW_SECONDS, Turnstile
from moderation.readers.shared_flood import REST_SECONDS, Shared, open_redis, shared_turnstile

SITE = UUID(int=1)


@contextmanager
def a_redis(port: int = 0) -> Iterator[int]:
    """Runs a server that speaks Redis' protocol; yields its port."""
    server = TcpFakeServer(("127.0.0.1", port), server_type="redis")
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def tries(turnstile: Turnstile, count: int, *, now: float = 0.0, limit: int = 0, who: bytes = b"robot") -> None:
    for _ in range(count):
        await turnstile.pass_through(who, SITE, site_limit=limit, now=now)


async def test_all_processes_count_together_and_a_minute_later_anew() -> None:
    with a_redis() as port:
        clients = [open_redis(f"redis://127.0.0.1:{port}/0") for _ in range(2)]
        one, other = map(shared_turnstile, clients)
        await asyncio.gather(tries(one, TRIES_OF_ADDRESS // 2), tries(other, TRIES_OF_ADDRESS // 2))

        for turnstile in (one, other):
            with pytest.raises(RateLimited) as refused:
                await tries(turnstile, 1)
            assert 1 <= refused.value.retry_after <= WINDOW_SECONDS + 1
            await tries(turnstile, 1, who=b"reader")
        # Half of the minute before still counts; what was refused does not.
        await tries(one, TRIES_OF_ADDRESS // 2, now=1.5 * WINDOW_SECONDS)
        with pytest.raises(RateLimited):
            await tries(other, 1, now=1.5 * WINDOW_SECONDS)
        await tries(other, TRIES_OF_ADDRESS, now=4.0 * WINDOW_SECONDS)

        keys = await clients[0].keys("moderation:flood:*")
        assert keys
        assert all([0 < await clients[0].ttl(key) <= 2 * WINDOW_SECONDS for key in keys])
        for client in clients:
            await client.aclose()


async def test_a_site_has_one_limit_for_all_processes() -> None:
    with a_redis() as port:
        clients = [open_redis(f"redis://127.0.0.1:{port}/0") for _ in range(2)]
        one, other = map(shared_turnstile, clients)
        await tries(one, 2, limit=3, who=b"a")
        await tries(other, 1, limit=3, who=b"b")
        with pytest.raises(Flood) as refused:
            await tries(one, 1, limit=3, who=b"c")
        assert (type(refused.value), refused.value.limit) == (Flood, 3)
        for client in clients:
            await client.aclose()


async def test_without_redis_each_process_counts_for_itself_and_nobody_waits() -> None:
    with a_redis() as port:
        pass
    clock = [0.0]
    client = open_redis(f"redis://127.0.0.1:{port}/0")
    shared = Shared(client, "address", seconds=lambda: clock[0])
    turnstile = Turnstile(shared, Shared(client, "site"))
    async with asyncio.timeout(2):
        await tries(turnstile, TRIES_OF_ADDRESS)
        with pytest.raises(RateLimited):
            await tries(turnstile, 1)

    clock[0] += REST_SECONDS
    with a_redis(port):
        await tries(turnstile, 1)  # it is asked again, and knows nothing yet
        assert await client.keys("moderation:flood:address:*")
        await client.aclose()
