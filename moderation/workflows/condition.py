"""How the service is, for people who moderate: what judges, what waits, and what is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from moderation.domain import Backlog
from moderation.privacy import EmailVault
from moderation.scoring import Scorer
from moderation.storage.database import Database
from moderation.workflows.serving import ModelKeeper
from moderation.workflows.upkeep import Diary

# Readers write in the evening and expect to see it the next day.
LONGEST_WAIT = timedelta(days=1)


class Trouble(StrEnum):
    """Something that is not as it should be."""

    NO_MODEL = "no_model"
    STANDS_IN = "stands_in"
    UNSCORED = "unscored"
    WAITS_LONG = "waits_long"
    UPKEEP_FAILS = "upkeep_fails"
    NO_WRITES = "no_writes"
    UNKNOWN_KEYS = "unknown_keys"


@dataclass(frozen=True, slots=True)
class Condition:
    """How the service is, seen from one site. `model` None: no classifier is loaded, and everything is held."""

    model: str | None
    serving_since: datetime | None  # None: the model that scores here is not the one that was promoted last
    database: str  # its kind: "sqlite" or "postgresql"
    backlog: Backlog
    troubles: list[Trouble]


async def look_over(
    site: UUID,
    *,
    database: Database,
    scorer: Scorer,
    keeper: ModelKeeper,
    vault: EmailVault,
    diary: Diary,
    now: datetime,
) -> Condition:
    """Returns how the service is. Raises StorageUnavailable."""
    async with database.open_reading() as work:
        backlog, promotions = await work.figures.backlog(site), await work.models.promotions()
    writable, version = await database.can_write(), scorer.version
    since = promotions[0][1] if promotions and promotions[0][0] == version else None
    told = {
        Trouble.NO_MODEL: version is None,
        Trouble.STANDS_IN: keeper.stands_in_for is not None,
        Trouble.UNSCORED: backlog.unscored > 0,
        Trouble.WAITS_LONG: backlog.oldest is not None and now - backlog.oldest > LONGEST_WAIT,
        Trouble.UPKEEP_FAILS: bool(diary.failing),
        Trouble.NO_WRITES: not writable,
        Trouble.UNKNOWN_KEYS: bool(vault.unknown),
    }
    return Condition(version, since, database.url.get_backend_name(), backlog, [*_true(told)])


def _true(told: Mapping[Trouble, bool]) -> Iterator[Trouble]:
    return (warning for warning, holds in told.items() if holds)
