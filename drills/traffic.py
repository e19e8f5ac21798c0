"""Sites that go on sending while something breaks, and a watch over liveness; all times are in seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, TCPConnector

from drills.ground import Ground
from drills.results import Findings
from tests.process.sending import Delivery, send_all

_PAUSE_SECONDS = 0.05
_LIVENESS_SECONDS = 0.1
_PATIENCE_SECONDS = 60
_ON_THE_WAY_SECONDS = 0.2


@dataclass(frozen=True)
class Heard:
    """One answer: when it came, after how long, and what it was; status 0: the connection broke."""

    external_id: str
    at: float
    seconds: float
    status: int
    has_retry_after: bool
    id: str | None


@dataclass
class Traffic:
    """What was sent, and what was heard."""

    sent: dict[str, Delivery] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    liveness: list[tuple[float, int]] = field(default_factory=list)

    def between(self, begin: float, end: float) -> list[Heard]:
        """Returns the answers that came in that time (of `time.monotonic`), without those that were on their way."""
        return [each for each in self.heard if begin + _ON_THE_WAY_SECONDS <= each.at <= end]

    def acknowledged(self) -> dict[str, str | None]:
        """Returns the ids of what was taken, by the site's own."""
        return {each.external_id: each.id for each in self.heard if each.status in {200, 201}}

    def first_taken_after(self, moment: float) -> float:
        """Returns how long after a moment the first comment was taken that was sent after it."""
        return min((h.at - moment for h in self.heard if h.status == 201 and h.at > moment), default=float("inf"))


@asynccontextmanager
async def traffic(
    ground: Ground, *, sites: int = 8, pause: float = _PAUSE_SECONDS, address: Callable[[], str] | None = None
) -> AsyncIterator[Traffic]:
    """Lets sites send new comments, one after the other, while the context lasts; each pauses after an answer.

    They send to the ground's own service, or to the `address` that is given for each request.
    """
    seen, stop = Traffic(), asyncio.Event()
    where, limit = address or (lambda: ground.serving.address), TCPConnector(limit=sites + 2)
    async with ClientSession(connector=limit, timeout=ClientTimeout(total=_PATIENCE_SECONDS)) as session:
        tasks = [asyncio.create_task(_site(ground, session, where, seen, stop, pause)) for _ in range(sites)]
        tasks.append(asyncio.create_task(_liveness(session, where, seen, stop)))
        try:
            yield seen
        finally:
            stop.set()
            await asyncio.gather(*tasks)


async def settle(ground: Ground, seen: Traffic, findings: Findings) -> None:
    """Adds what must hold after every drill through which one process has lived."""
    await stored_once(ground, seen, findings)
    findings.ask("same process", "yes" if ground.serving.process.poll() is None else "ended",
                 ground.serving.process.poll() is None)  # fmt: skip


async def stored_once(ground: Ground, seen: Traffic, findings: Findings) -> None:
    """Sends again what was not acknowledged, counts the store, and adds that each comment is there once."""
    promised = seen.acknowledged()
    open_ = [delivery for name, delivery in seen.sent.items() if name not in promised]
    again = await send_all(ground.serving.address, open_)
    ids = promised | {name: str(answer.body.get("id")) for name, answer in again.items() if answer.status < 300}
    stored = sorted(ground.place.stored())
    lost, doubled = len(set(ids.items()) - set(stored)), len(stored) - len({name for name, _ in stored})
    findings.ask(
        "unanswered ones are accepted when sent again", f"{len(ids) - len(promised)} of {len(open_)}",
        len(ids) == len(seen.sent),
    )  # fmt: skip
    counted = f"{len(promised):,} acknowledged, {lost} lost, {doubled} doubled"
    findings.ask("each acknowledged comment stored once", counted, not lost and not doubled)


def percentile(seconds: Sequence[float], share: float) -> float:
    """Returns what this share took at most; infinity when there was nothing."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


async def _site(
    ground: Ground,
    session: ClientSession,
    where: Callable[[], str],
    seen: Traffic,
    stop: asyncio.Event,
    pause: float,
) -> None:
    while not stop.is_set():
        (delivery,) = ground.deliveries(1)
        seen.sent[delivery.external_id] = delivery
        begin = time.monotonic()
        status, retry, own = 0, False, None
        try:
            async with session.post(where() + delivery.path, data=delivery.body, headers=delivery.headers) as response:
                status, retry = response.status, "Retry-After" in response.headers
                own = (await response.json(content_type=None)).get("id")
        except (ClientConnectionError, TimeoutError):
            pass
        now = time.monotonic()
        seen.heard.append(Heard(delivery.external_id, now, now - begin, status, retry, own))
        await asyncio.sleep(pause)


async def _liveness(session: ClientSession, where: Callable[[], str], seen: Traffic, stop: asyncio.Event) -> None:
    while not stop.is_set():
        begin = time.monotonic()
        try:
            async with session.get(f"{where()}/healthz") as response:
                status = response.status
        except (ClientConnectionError, TimeoutError):
            status = 0
        seen.liveness.append((time.monotonic() - begin, status))
        await asyncio.sleep(_LIVENESS_SECONDS)
