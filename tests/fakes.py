"""Small stand-ins for what is slow or not ours. They remember what they were asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from moderation.domain import Score, Writing
from moderation.errors import ScorerUnavailable
from moderation.scoring import Scorer

SPAM = "buy cheap watches"  # scored 0.99
DOUBT = "click here"  # scored 0.6
POISON = "choke"  # cannot be scored


class FakeScorer(Scorer):
    """Scores by three phrases; everything else is 0.02. `available` False: no model is loaded."""

    def __init__(self, version: str = "fake-1") -> None:
        super().__init__()
        self._version = version
        self.available = True
        self.batches: list[list[Writing]] = []

    @property
    def version(self) -> str | None:
        return self._version if self.available else None

    def score(self, writings: Sequence[Writing]) -> list[Score]:
        if not self.available:
            raise ScorerUnavailable
        self.batches.append(list(writings))
        if any(POISON in writing.text for writing in writings):
            raise RuntimeError("cannot score this")
        return [Score(_probability(writing.text), self._version) for writing in writings]


def _probability(text: str) -> float:
    return 0.99 if SPAM in text else 0.6 if DOUBT in text else 0.02


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **passed: float) -> None:
        """Moves the clock, as in `advance(seconds=61)`."""
        self.moment += timedelta(**passed)
