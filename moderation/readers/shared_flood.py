"""The same counts in Redis, by all processes together. Where Redis does not answer, each process counts for itself: to
let nobody write would be the worse mistake."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from moderation import metrics
from moderation.errors import WrongUse
from moderation.readers.flood import WINDOW_SECONDS, Memory, Turnstile

if TYPE_CHECKING:
    from redis.asyncio import Redis

# A form must not wait longer than this for a count.
ANSWER_SECONDS = 0.25
# After a failure it is left alone for so long, so that not every form waits.
REST_SECONDS = 2.0

_PREFIX = "moderation:flood"

log = structlog.stdlib.get_logger(__name__)


class Shared:
    """Counts in Redis: this stretch of time, and what is left of the one before, as `Window` does."""

    def __init__(self, redis: Redis, kind: str, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._kind = kind
        self._seconds = seconds
        self._rests_until = 0.0
        self._alone = Memory()

    async def take(self, key: bytes, limit: int, *, now: float) -> int | None:
        """As `Counter` says."""
        if self._seconds() >= self._rests_until:
            try:
                taken = await self._take(key, limit, now)
            except (OSError, TimeoutError, self._errors()) as error:
                self._rest(error)
            else:
                metrics.SHARED_LIMITS.set(1)
                return taken
        return await self._alone.take(key, limit, now=now)

    async def _take(self, key: bytes, limit: int, now: float) -> int | None:
        stretch, passed = divmod(now, WINDOW_SECONDS)
        share = 1 - passed / WINDOW_SECONDS
        present, before = (f"{_PREFIX}:{self._kind}:{key.hex()}:{int(stretch) - back}" for back in (0, 1))
        # Counted first and looked at afterwards: of two processes at once, one sees the other's.
        async with self._redis.pipeline(transaction=True) as together:
            together.incr(present)
            together.expire(present, 2 * WINDOW_SECONDS)
            together.get(before)
            count, _, old = await together.execute()
        if int(old or 0) * share + count <= limit:
            return None
        await self._redis.decr(present)
        return max(1, int(WINDOW_SECONDS * share) + 1)

    def _rest(self, error: Exception) -> None:
        metrics.SHARED_LIMITS.set(0)
        self._rests_until = self._seconds() + REST_SECONDS
        log.warning("shared_limits_away", kind=self._kind, error=type(error).__name__)

    @staticmethod
    def _errors() -> type[Exception]:
        from redis.exceptions import RedisError

        return RedisError


def open_redis(url: str) -> Redis:
    """Returns a client; it connects when it is asked something. Raises WrongUse without the library."""
    try:
        from redis.asyncio import Redis
    except ImportError:
        raise WrongUse("MODERATION_REDIS_URL needs the extra `redis`: pip install 'moderation[redis]'") from None
    return Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)


def shared_turnstile(redis: Redis) -> Turnstile:
    """Returns a turnstile whose counts all processes share."""
    return Turnstile(Shared(redis, "address"), Shared(redis, "site"))
