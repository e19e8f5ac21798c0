"""What happens in the queues, told to whoever listens, at every instance of the service.

One look a second at decisions and claims serves all listeners of a process. Their ids begin with the time, yet a
transaction that began earlier may end later, here or at another instance: so each look goes back some seconds, and what
was told before is not told again. Who comes back, perhaps from another instance, is told those seconds once more, since
nobody knows what had reached them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from moderation import metrics
from moderation.clock import first_id_before
from moderation.domain import Happening
from moderation.errors import Overloaded, StorageUnavailable
from moderation.storage.database import OpenWork

log = structlog.stdlib.get_logger(__name__)

# Longer than a transaction may take, and than clocks of several machines differ.
_LOOK_BACK = timedelta(seconds=10)
# A listener with more than this unread is told to come again, and reads what it missed from the database.
_MOST_UNREAD = 1000
# A listener that has missed more than this reads the queue anew.
_MOST_MISSED = 1000
_MOST_AT_A_LOOK = 5000
MOST_LISTENERS = 200

# None: there is nothing more to hear; come again.
Ear = asyncio.Queue[Happening | None]


class Feed:
    """The listeners of one process. Looks only while somebody listens."""

    def __init__(
        self,
        *,
        open_reading: OpenWork,
        now: Callable[[], datetime],
        look_seconds: float = 1.0,
        heartbeat_seconds: float = 15.0,
    ) -> None:
        self.heartbeat_seconds = heartbeat_seconds
        self._open_reading = open_reading
        self._now = now
        self._look_seconds = look_seconds
        self._ears: dict[Ear, UUID] = {}
        self._woken = asyncio.Event()
        self._turn = asyncio.Lock()  # of those who begin and end the looking
        self._looking: asyncio.Task[None] | None = None
        self._told: dict[object, datetime] = {}
        self._looked_at = now()

    def wake(self) -> None:
        """Says that something has happened here, so that nobody waits for the next look."""
        self._woken.set()

    @asynccontextmanager
    async def listen(self, site: UUID, *, after: UUID | None) -> AsyncIterator[tuple[Ear, list[Happening] | None]]:
        """Gives what is heard from now on, and what was missed since the decision `after`: None if that is too much.

        Raises Overloaded and StorageUnavailable.
        """
        if len(self._ears) >= MOST_LISTENERS:
            raise Overloaded("Too many are listening at this instance.", retry_after=5)
        ear: Ear = asyncio.Queue(_MOST_UNREAD)
        async with self._turn:
            if self._looking is None:
                await self._begin()
            self._ears[ear] = site
        try:
            yield ear, await self._missed(site, after)
        finally:
            self._ears.pop(ear, None)
            async with self._turn:
                if not self._ears:
                    await self._end()

    async def _begin(self) -> None:
        self._told.clear()
        self._looked_at = self._now()
        await self._news()  # what happened before is known to whoever comes now
        self._looking = asyncio.create_task(self._look_until_the_end())

    async def _end(self) -> None:
        looking, self._looking = self._looking, None
        if looking is not None:
            # It is not cancelled: one who was just connecting would leave PostgreSQL with half a connection.
            self._woken.set()
            await looking

    async def _missed(self, site: UUID, after: UUID | None) -> list[Happening] | None:
        if after is None:
            return []
        begin = first_id_before(after, _LOOK_BACK)
        async with self._open_reading() as work:
            found = await work.happenings.decided_after(begin, site, limit=_MOST_AT_A_LOOK)
        missed = [each for each in found if each.id != after]
        new = sum(each.id is not None and each.id > after for each in missed)
        return missed if new <= _MOST_MISSED and len(found) < _MOST_AT_A_LOOK else None

    async def _look_until_the_end(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_seconds):
                    await self._woken.wait()
            self._woken.clear()
            if self._looking is None:
                return
            try:
                self._tell(await self._news())
            except StorageUnavailable:
                log.warning("feed_postponed")
            except Exception as error:
                metrics.UNEXPECTED_ERRORS.labels("feed").inc()
                log.error("feed_failed", exc_info=error)

    async def _news(self) -> list[Happening]:
        """Returns what was not told before, decisions first."""
        began, since = self._now(), self._looked_at - _LOOK_BACK
        async with self._open_reading() as work:
            decided = await work.happenings.decided_since(since, limit=_MOST_AT_A_LOOK)
            while len(decided) and len(decided) % _MOST_AT_A_LOOK == 0 and (last := decided[-1].id):
                more = await work.happenings.decided_after(last, limit=_MOST_AT_A_LOOK)
                decided += more
                if not more:
                    break
            claimed = await work.happenings.claimed_since(since, now=began)
        self._looked_at = began
        news = [each for each in [*decided, *claimed] if _name(each) not in self._told]
        self._told = {name: at for name, at in self._told.items() if at >= since}
        self._told.update((_name(each), began) for each in news)
        return news

    def _tell(self, news: Iterable[Happening]) -> None:
        for each in news:
            for ear in [ear for ear, site in self._ears.items() if site == each.site_id]:
                self._whisper(ear, each)

    def _whisper(self, ear: Ear, happening: Happening) -> None:
        if ear.qsize() < _MOST_UNREAD - 1:
            ear.put_nowait(happening)
        else:
            del self._ears[ear]
            ear.put_nowait(None)


def _name(happening: Happening) -> object:
    """Returns by what a happening is known again."""
    if happening.id is not None:
        return happening.id
    return happening.comment_id, happening.kind, happening.at
