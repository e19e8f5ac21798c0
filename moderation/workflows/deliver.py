"""What sites are to be told is sent: claimed by a lease, in order for each comment, each endpoint for itself.

An event is sent at least once. Whoever takes it up has it for half a minute; if nothing is heard of it then, another
takes it up, here or at another instance. The receiver knows it again by its id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import structlog

from moderation import metrics
from moderation.delivery import Envelope, is_given_up, seal_envelope, slots, wait_after
from moderation.delivery.patience import longest_wish
from moderation.domain import Agent, Attempt, Endpoint, Letter, Outcome, Switch
from moderation.errors import StorageUnavailable
from moderation.policy import with_link
from moderation.privacy import EmailVault
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.dispatches import Sent
from moderation.storage.work import Work
from moderation.workflows.appeal_links import appeal_key
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.keys import known_key

log = structlog.stdlib.get_logger(__name__)

# Longer than a try takes, with the wait for the database before and behind it.
LEASE = timedelta(seconds=30)
# How many events are under way to one endpoint, in one process. A slow one keeps so many tasks waiting, and no other.
AT_ONCE = 4
# After an outage an endpoint is told what it has missed, and not run over: fifty a second.
PACE_SECONDS = 0.02
# Events that no bell tells of, such as those of a command beside SQLite, wait this long.
LOOK_SECONDS = 2.0
# What is under way when the service stops may come to its end.
_STOP_SECONDS = 5.0

Send = Callable[[str, Envelope], Awaitable[Attempt]]


class Courier:
    """Sends what is due, until it is cancelled."""

    def __init__(
        self,
        *,
        send: Send,
        at_once: AtOnce,
        open_reading: OpenWork,
        vault: EmailVault,
        now: Callable[[], datetime],
        random: Callable[[], float],
        wait: Callable[[float], Awaitable[None]],
        wake: Callable[[], None],
        base: str = "",
    ) -> None:
        """`wait` returns when there may be something to send, after so many seconds at the latest; `wake` ends it.
        `base` is the address under which readers reach us: links begin with it."""
        self._send = send
        self._at_once = at_once
        self._open_reading = open_reading
        self._vault = vault
        self._now = now
        self._random = random
        self._wait = wait
        self._wake = wake
        self._base = base
        self._rounds: dict[UUID, asyncio.Task[None]] = {}
        self._again: set[UUID] = set()
        self._stopping = False

    async def run(self) -> None:
        """Looks for what is due, again and again."""
        try:
            while True:
                seconds = await self._look_safely()
                await asyncio.sleep(PACE_SECONDS)  # what comes meanwhile is looked for together
                await self._wait(seconds)
        finally:
            await self._stop()

    async def look(self) -> float:
        """Begins a round to each endpoint for which something is due. Returns in how many seconds to look again."""
        async with self._open_reading() as work:
            due = await work.dispatches.due()
        now = self._now()
        metrics.DELIVERY_LAG.set(max([(now - moment).total_seconds() for moment in due.values()] + [0.0]))
        for endpoint in [endpoint for endpoint, moment in due.items() if moment <= now]:
            if endpoint in self._rounds:
                self._again.add(endpoint)
            else:
                self._begin(endpoint)
        waits = [(moment - now).total_seconds() for moment in due.values() if moment > now]
        return min([*waits, LOOK_SECONDS])

    async def settle(self) -> None:
        """Returns when every round that has begun is at its end."""
        while self._rounds:
            await asyncio.gather(*self._rounds.values())

    async def _look_safely(self) -> float:
        try:
            return await self.look()
        except StorageUnavailable:
            log.warning("delivery_postponed")
        except Exception as error:
            metrics.UNEXPECTED_ERRORS.labels("delivery").inc()
            log.error("delivery_failed", exc_info=error)
        return LOOK_SECONDS

    def _begin(self, endpoint: UUID) -> None:
        task = self._rounds[endpoint] = asyncio.create_task(self._round_safely(endpoint))
        task.add_done_callback(lambda _: self._ended(endpoint))

    def _ended(self, endpoint: UUID) -> None:
        del self._rounds[endpoint]
        if endpoint in self._again:
            self._again.discard(endpoint)
            self._wake()

    async def _stop(self) -> None:
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await self.settle()
        for task in self._rounds.values():
            task.cancel()
        await asyncio.gather(*self._rounds.values(), return_exceptions=True)

    async def _round_safely(self, endpoint: UUID) -> None:
        try:
            await self._round(endpoint)
        except StorageUnavailable:
            log.warning("delivery_postponed", endpoint=str(endpoint))
        except Exception as error:
            metrics.UNEXPECTED_ERRORS.labels("delivery").inc()
            log.error("delivery_failed", endpoint=str(endpoint), exc_info=error)

    async def _round(self, key: UUID) -> None:
        """Sends to one endpoint until nothing is due there."""
        under_way: set[asyncio.Task[Sent]] = set()
        sent: list[Sent] = []
        try:
            while True:
                for endpoint, letter in await self._turn(key, sent, AT_ONCE - len(under_way)):
                    under_way.add(asyncio.create_task(self._deliver(endpoint, letter)))
                    await asyncio.sleep(PACE_SECONDS)
                if not under_way:
                    return
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                sent = [task.result() for task in done if task.exception() is None]
                if len(sent) < len(done):
                    await self._turn(key, sent, 0)  # what was sent is noted all the same
                    await asyncio.gather(*done)  # which raises what went wrong
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _turn(self, key: UUID, sent: Sequence[Sent], free: int) -> list[tuple[Endpoint, Letter]]:
        """Notes what became of some events and takes up others, in one transaction."""

        async def turn(work: Work, now: datetime) -> tuple[list[tuple[Endpoint, Letter]], int]:
            given_up = await self._note(work, sent) if sent else 0
            return [] if self._stopping else await self._take(work, key, free, now=now), given_up

        taken, given_up = await in_one_go(turn, at_once=self._at_once, now=self._now)
        metrics.DEAD_LETTERS.inc(given_up)
        for each in sent:
            if each.attempt.outcome is Outcome.DELIVERED:
                metrics.DELIVERY_SECONDS.observe(max(0.0, (self._now() - each.letter.occurred_at).total_seconds()))
        return taken

    async def _take(self, work: Work, key: UUID, free: int, *, now: datetime) -> list[tuple[Endpoint, Letter]]:
        # Whoever else has locked it works there. Nobody waits for that: it would be in a thread that comments need.
        endpoint = await work.endpoints.lock(key, skip_locked=True)
        limit = slots(endpoint, free, now=now) if endpoint else 0
        if endpoint is None or not limit:
            return []
        letters = await work.dispatches.take(endpoint.id, limit, now=now, until=now + LEASE)
        if letters and endpoint.failures:
            await work.endpoints.change(endpoint.id, probed_at=now)
        return [(endpoint, letter) for letter in letters]

    async def _deliver(self, endpoint: Endpoint, letter: Letter) -> Sent:
        now = self._now()
        attempt = await self._send(endpoint.url, self._seal(endpoint, letter, now))
        metrics.DELIVERY_ATTEMPTS.labels(attempt.outcome).inc()
        return Sent(endpoint, letter, attempt, now)

    async def _note(self, work: Work, sent: Sequence[Sent]) -> int:
        """Returns how many are given up."""
        if any(each.endpoint.failures or each.attempt.outcome is not Outcome.DELIVERED for each in sent):
            # An endpoint always before its events, so that nobody waits in a circle.
            await work.endpoints.lock(sent[0].endpoint.id)
        there = await work.dispatches.lock(sent)
        await work.dispatches.note(there)
        given_up = 0
        # In the order in which they were sent: what comes last says how the endpoint is.
        for delivered, some in groupby(there, lambda each: each.attempt.outcome is Outcome.DELIVERED):
            if delivered:
                await work.endpoints.succeeded(there[0].endpoint.id)
            else:
                given_up += sum([await self._fail(work, each) for each in some])
        return given_up

    def _seal(self, endpoint: Endpoint, letter: Letter, now: datetime) -> Envelope:
        return seal_envelope(
            letter.event_id,
            letter.type,
            self._complete(endpoint, letter),
            occurred_at=letter.occurred_at,
            now=now,
            secrets=live_secrets(endpoint, vault=self._vault, now=now),
            coral=endpoint.coral,
        )

    def _complete(self, endpoint: Endpoint, letter: Letter) -> Mapping[str, object]:
        """Returns what is told, with the link to an appeal filled in: it is the same in every try."""
        statement = letter.body.get("statement")
        if not isinstance(statement, Mapping):
            return letter.body
        key = appeal_key(self._vault, endpoint.site_id, UUID(str(letter.body["id"])), int(str(statement["version"])))
        return {**letter.body, "statement": with_link(statement, base=self._base, key=key)}

    async def _fail(self, work: Work, sent: Sent) -> bool:
        """Returns whether the event is given up."""
        endpoint, letter, attempt, now = sent.endpoint, sent.letter, sent.attempt, self._now()
        log.info(
            "delivery_refused",
            endpoint=str(endpoint.id),
            outcome=attempt.outcome,
            status=attempt.status,
            tries=letter.tries + 1,
        )
        gone = attempt.outcome is Outcome.GONE
        wait = None if gone else wait_after(letter.tries + 1, random=self._random(), wish=attempt.retry_after)
        if wait is None:
            await work.dispatches.give_up(letter)
        else:
            await work.dispatches.put_back(letter, due_at=now + wait)
        wish = attempt.retry_after
        resumes_at = now + longest_wish(wish) if wish else None
        since = await work.endpoints.failed(endpoint.id, at=now, resumes_at=resumes_at)
        if gone or is_given_up(since, now=now):
            because = Switch.GONE if gone else Switch.FAILING
            await work.endpoints.switch_off(endpoint.id, because, now=now)
            details = {"because": str(because)}
            await work.audit.add(
                "endpoint.off",
                str(endpoint.id),
                site=endpoint.site_id,
                actor=Agent.SERVICE.value,
                now=now,
                details=details,
            )
            log.warning("endpoint_off", endpoint=str(endpoint.id), because=because)
        return wait is None


def live_secrets(endpoint: Endpoint, *, vault: EmailVault, now: datetime) -> list[str]:
    """Returns what signs now: the secret, and for a day after a rotation the one before it. Raises
    StorageUnavailable while its key is not known here."""
    sealed = [endpoint.secret_sealed]
    if endpoint.old_secret_sealed and endpoint.old_secret_until and now < endpoint.old_secret_until:
        sealed.append(endpoint.old_secret_sealed)
    with known_key("endpoint's secret"):
        return [vault.open_secret(endpoint.id, each) for each in sealed]
