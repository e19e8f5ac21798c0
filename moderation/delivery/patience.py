"""When a failed delivery is tried again, and how an endpoint that fails is spared."""

from __future__ import annotations

from datetime import datetime, timedelta

from moderation.domain import Endpoint

# The schedule that Standard Webhooks gives as an example: ten tries in 75 h 35 min, so that a site can be mended over
# a weekend.
_PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
PROMISED_TRIES = len(_PAUSES) + 1
# Those who failed together must not come back together.
_JITTER = 0.1
# A receiver that asks for more would keep an event back for good.
_LONGEST_WISH = timedelta(hours=24)

# From the third failure in a row on, one try in twelve seconds: with the six that may have begun before, ten in the
# first minute.
_FAILING_FROM = 3
_PROBE_EVERY = timedelta(seconds=12)
_GIVEN_UP_AFTER = timedelta(days=5)


def wait_after(tries: int, *, random: float, wish: timedelta | None = None) -> timedelta | None:
    """Returns how long to wait after so many tries, all of them failed; None when that was the last one.

    `random` is in [0, 1) and spreads the wait by a tenth both ways. `wish` is the receiver's Retry-After: never less
    than that is waited, up to a day.
    """
    if tries >= PROMISED_TRIES:
        return None
    pause = _PAUSES[tries - 1] * (1 - _JITTER + 2 * _JITTER * random)
    return pause if wish is None else max(pause, min(wish, _LONGEST_WISH))


def longest_wish(wish: timedelta) -> timedelta:
    """Returns for how long a receiver is left alone that asks for it."""
    return min(wish, _LONGEST_WISH)


def slots(endpoint: Endpoint, free: int, *, now: datetime) -> int:
    """Returns how many events may be sent to an endpoint now, of `free` that could be."""
    if endpoint.disabled_at is not None or (endpoint.resumes_at is not None and now < endpoint.resumes_at):
        return 0
    if endpoint.failures < _FAILING_FROM:
        return free
    probed = endpoint.probed_at
    return 0 if probed is not None and now < probed + _PROBE_EVERY else min(free, 1)


def is_given_up(failing_since: datetime, *, now: datetime) -> bool:
    """Tells whether an endpoint has failed for so long that it is switched off."""
    return now - failing_since >= _GIVEN_UP_AFTER
