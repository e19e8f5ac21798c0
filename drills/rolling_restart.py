"""D14: two instances behind a proxy are started anew, one after the other, while sites send and moderators listen."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count
from urllib.parse import urlsplit

from aiohttp import ClientConnectionError, ClientPayloadError, ClientSession, ClientTimeout

from drills.ground import Ground
from drills.results import Findings
from drills.traffic import Traffic, stored_once, traffic
from tests.process.commands import PATIENCE_SECONDS, Serving, obeyed

_ROUNDS, _QUICK_ROUNDS = 4, 1
_LISTENERS = 4
_LOOK_SECONDS = 0.2
_LEAVE_SECONDS = 3  # the default of DRAIN_SECONDS
_DRAIN_SECONDS = 30
_BETWEEN_SECONDS = 2
_HEARD_SECONDS = 20
_PASSWORD = "a long enough sentence"


class Proxy:
    """What a proxy knows: which instances say that they are ready. It sends to these, in turn."""

    def __init__(self, instances: Sequence[Serving]) -> None:
        self.instances = list(instances)
        self.statuses: list[list[int]] = [[] for _ in instances]
        self._turn = count()

    def address(self) -> str:
        """Returns where the next request goes."""
        ready = [each for each, told in zip(self.instances, self.statuses, strict=True) if told[-1:] == [200]]
        ready = ready or self.instances
        return ready[next(self._turn) % len(ready)].address

    async def look(self, session: ClientSession) -> None:
        """Asks all of them, again and again."""
        while True:
            for each, told in zip(self.instances, self.statuses, strict=True):
                told.append(await _readiness(session, each))
            await asyncio.sleep(_LOOK_SECONDS)


class Listener:
    """A moderator's page: it notes which comments enter, and comes again with what came last when its stream ends."""

    def __init__(self, site: str, token: str) -> None:
        self.heard: set[str] = set()
        self.began = asyncio.Event()
        self._path, self._token = f"/v1/sites/{site}/events", token
        self._last, self._more = "", asyncio.Event()

    async def listen(self, session: ClientSession, proxy: Proxy) -> None:
        """Listens again and again."""
        while True:
            headers = {"Authorization": f"Bearer {self._token}"} | ({"Last-Event-ID": self._last} if self._last else {})
            with suppress(ClientConnectionError, ClientPayloadError):
                async with session.get(proxy.address() + self._path, headers=headers) as response:
                    async for line in response.content:
                        self._take(line.decode().rstrip("\n"))
            await asyncio.sleep(_LOOK_SECONDS)

    async def has_heard(self, wanted: set[str]) -> None:
        """Returns when it has heard of all of them."""
        while wanted - self.heard:
            self._more.clear()
            await self._more.wait()

    def _take(self, line: str) -> None:
        self.began.set()
        name, _, value = line.partition(": ")
        if name == "id":
            self._last = max(self._last, value)
        elif name == "data" and (comment := json.loads(value).get("comment")):
            self.heard.add(comment)
            self._more.set()


async def rolling_restart(ground: Ground, findings: Findings) -> None:
    """Starts each instance anew, some times, and holds what sites and moderators met against what is promised."""
    obeyed("site", "set", ground.place.keys.site, "moderation=pre", "flood_count=0", environ=ground.place.environ)
    site, token = ground.place.keys.site, _token(ground)
    listeners = [Listener(site, token) for _ in range(_LISTENERS)]
    proxy = Proxy([_start(ground), _start(ground)])
    told_first, ends = [], []
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession(timeout=ClientTimeout(total=None, sock_connect=5)))
        await stack.enter_async_context(_beside(proxy.look(session)))
        await asyncio.sleep(2 * _LOOK_SECONDS)
        for each in listeners:
            await stack.enter_async_context(_beside(each.listen(session, proxy)))
            await each.began.wait()
        async with traffic(ground, address=proxy.address) as seen:
            for number in [*range(len(proxy.instances))] * int(ground.size(_ROUNDS, _QUICK_ROUNDS)):
                await asyncio.sleep(_BETWEEN_SECONDS)
                since = len(proxy.statuses[number])
                ends.append(await _restart(ground, proxy, number))
                told_first.append(next((s for s in proxy.statuses[number][since:] if s != 200), None))
            await asyncio.sleep(_BETWEEN_SECONDS)
        await _until_heard(seen, listeners)
    _judge(seen, listeners, told_first, ends, findings)
    ground.serving = proxy.instances[0]
    await stored_once(ground, seen, findings)


async def _restart(ground: Ground, proxy: Proxy, number: int) -> tuple[float, int]:
    """Stops an instance as a service manager does, and starts it on the same port. Returns seconds and exit status."""
    instance, begin = proxy.instances[number], time.monotonic()
    port = urlsplit(instance.address).port
    instance.process.send_signal(signal.SIGTERM)
    status = await asyncio.to_thread(instance.process.wait, PATIENCE_SECONDS)
    seconds = time.monotonic() - begin
    proxy.instances[number] = await asyncio.to_thread(_start, ground, str(port))
    return seconds, status


def _start(ground: Ground, port: str = "0") -> Serving:
    serving = ground.place.serve("--port", port, anew=True, DRAIN_SECONDS=str(_LEAVE_SECONDS))
    serving.until_ready()
    return serving


def _token(ground: Ground) -> str:
    who = ("moderator", "add", "kim", "--role", "moderator", "--site", ground.place.keys.site, "--password-stdin")
    obeyed(*who, environ=ground.place.environ, stdin=_PASSWORD)
    return str(json.loads(obeyed("moderator", "token", "kim", "--json", environ=ground.place.environ))["token"])


async def _readiness(session: ClientSession, instance: Serving) -> int:
    try:
        async with session.get(f"{instance.address}/readyz", timeout=ClientTimeout(total=5)) as response:
            return response.status
    except (ClientConnectionError, TimeoutError):
        return 0


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _until_heard(seen: Traffic, listeners: Sequence[Listener]) -> None:
    """Waits until all is heard, or so long that it never will be."""
    wanted = {each.id for each in seen.heard if each.id}
    with suppress(TimeoutError):
        async with asyncio.timeout(_HEARD_SECONDS):
            for each in listeners:
                await each.has_heard(wanted)


def _judge(
    seen: Traffic,
    listeners: Sequence[Listener],
    told_first: Sequence[int | None],
    ends: Sequence[tuple[float, int]],
    findings: Findings,
) -> None:
    failed = [each.status for each in seen.heard if each.status == 0 or each.status >= 500]
    others = sorted({each.status for each in seen.heard} - {200, 201})
    findings.ask("0 failed requests, 0 5xx", f"{len(failed)} of {len(seen.heard):,}, others: {others}",
                 bool(seen.heard) and not others)  # fmt: skip
    findings.ask("readiness goes 503 first", f"{told_first.count(503)} of {len(ends)} times",
                 told_first.count(503) == len(ends))  # fmt: skip
    findings.at_most(f"each ends within {_DRAIN_SECONDS} s", max(s for s, _ in ends), _DRAIN_SECONDS, "s")
    findings.ask("each ends with status 0", sorted({status for _, status in ends}), {s for _, s in ends} == {0})
    wanted = {each.id for each in seen.heard if each.id}
    missed = [len(wanted - each.heard) for each in listeners]
    findings.ask("listeners miss nothing", f"{max(missed)} of {len(wanted):,} missed", bool(wanted) and not any(missed))
