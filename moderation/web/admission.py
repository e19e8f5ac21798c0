"""How many requests that bring comments may be in work at once.

While more are in work than can be answered in time, the next one is refused before anything is done for it: if a
refusal cost as much as an answer, nobody would be answered. How many are too many follows from what is measured: a
request that took `W` seconds while `N` were in work says that each takes `W / N` (Little's law), whatever it waited
for: the classifier, the disk, or its turn.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import web

from moderation.web.routes import Route

# A site gives up after some seconds; a quarter of what is promised under overload leaves room for a bad moment.
TARGET_SECONDS = 0.5

# Before anything was measured: slow enough for a slow disk, and corrected by the first few hundred requests.
_FIRST_GUESS_SECONDS = 0.001

# Nobody was answered for so long: whatever was measured before, the database does not answer now.
_STALLED_SECONDS = 1.0

# How much the latest request counts: some batches are remembered, and a database that slows down is noticed.
_WEIGHT = 1 / 128


@dataclass(frozen=True, slots=True)
class Place:
    """That of one request among those in work: when it entered (monotonic seconds), and as which of all that have."""

    entered: float
    number: int


class Admission:
    """Counts the requests in work and tells whether one more can be answered within the target.

    `at_least` so many are always let in, because they share one batch; never more than `at_most`.
    """

    def __init__(self, *, at_least: int, at_most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.in_work = 0
        self._at_least = min(at_least, at_most)
        self._at_most = at_most
        self._clock = clock
        self._waited = _FIRST_GUESS_SECONDS
        self._number = 1.0
        self._moved = clock()  # when somebody left, or the first one entered

    @property
    def room(self) -> int:
        """How many may be in work now."""
        if self.in_work and self._clock() - self._moved > _STALLED_SECONDS:
            return self._at_least
        in_time = int(TARGET_SECONDS * self._number / self._waited)
        return max(self._at_least, min(self._at_most, in_time))

    @property
    def is_open(self) -> bool:
        """Whether one more may come in."""
        return self.in_work < self._at_least or self.in_work < self.room

    def enter(self) -> Place:
        """Counts one more request; each place must be given back by `leave`."""
        now = self._clock()
        if not self.in_work:
            self._moved = now
        self.in_work += 1
        return Place(now, self.in_work)

    def leave(self, place: Place, *, tells: bool) -> None:
        """Gives a place back. `tells`: the time it took says how fast the service is."""
        self.in_work -= 1
        if tells:
            self._moved = self._clock()
            waited = max(self._moved - place.entered, 1e-6)
            self._waited += _WEIGHT * (waited - self._waited)
            self._number += _WEIGHT * (place.number - self._number)


ADMISSION: web.AppKey[Admission] = web.AppKey("ADMISSION", Admission)


class Bringers:
    """The routes that bring comments, found by method and path without the router."""

    def __init__(self, routes: Iterable[Route]) -> None:
        bringing = [route for route in routes if route.comments]
        self._routes = bringing
        # The empty group behind each alternative tells which one it was.
        self._paths = re.compile("|".join(f"(?:{_pattern(route.path)})()" for route in bringing) or r"(?!)")

    def find(self, method: str, path: str) -> Route | None:
        """Returns the route if a request of this method and path, as they came, may bring comments."""
        if method != "POST" or (match := self._paths.fullmatch(path)) is None:
            return None
        return self._routes[(match.lastindex or 0) - 1]


def _pattern(template: str) -> str:
    """Returns what a path looks like: `/v1/sites/{site}/webhook`, with anything but a slash for a name in braces."""
    parts = re.split(r"\{\w+(?::[^{}]*)?\}", template)
    return "[^/?]+".join(map(re.escape, parts)) + r"(?:\?.*)?"
