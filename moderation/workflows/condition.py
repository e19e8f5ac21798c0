"""How the service is, for people who moderate: what judges, what waits, and what is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from moderation.domain import Backlog, Owing, Switch
from moderation.privacy import EmailVault
from moderation.scoring import Scorer
from moderation.storage.database import Database
from moderation.workflows.serving import ModelKeeper
from moderation.workflows.upkeep import Diary

# Readers write in the evening and expect to see it the next day.
LONGEST_WAIT = timedelta(days=1)
# Sites are told within seconds; what waits for longer was tried more than once.
LONGEST_UNTOLD = timedelta(minutes=10)


class Trouble(StrEnum):
    """Something that is not as it should be."""

    NO_MODEL = "no_model"
    STANDS_IN = "stands_in"
    UNSCORED = "unscored"
    WAITS_LONG = "waits_long"
    UPKEEP_FAILS = "upkeep_fails"
    NO_WRITES = "no_writes"
    UNKNOWN_KEYS = "unknown_keys"
    TOLD_LATE = "told_late"
    ENDPOINT_OFF = "endpoint_off"


@dataclass(frozen=True, slots=True)
class Condition:
    """How the service is, seen from one site. `model` None: no classifier is loaded, and everything is held."""

    model: str | None
    serving_since: datetime | None  # None: the model that scores here is not the one that was promoted last
    database: str  # its kind: "sqlite" or "postgresql"
    backlog: Backlog
    owing: Owing  # what endpoints of the site that are on still have to be told, taken together
    failing: list[str]  # tasks of the upkeep that failed when they ran last
    stands_in_for: str | None  # the model that was promoted and cannot be loaded here
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
        backlog = await work.figures.backlog(site)
        own, common = await work.site_models.promotions(site, limit=1), await work.models.promotions()
        endpoints = await work.endpoints.of_sites([site])
        owing = _together([await work.delivery_log.owing(each.id) for each in endpoints if not each.disabled_at])
    writable, version = await database.can_write(), scorer.of(site).version
    # A site that went back to the common classifier is served by it since then, or since that one serves.
    latest = own[0] if own and own[0].version is not None else next(iter(common), None)
    since = latest.at if latest and latest.version == version else None
    told = {
        Trouble.NO_MODEL: version is None,
        Trouble.STANDS_IN: keeper.stands_in_for is not None,
        Trouble.UNSCORED: backlog.unscored > 0,
        Trouble.WAITS_LONG: backlog.oldest is not None and now - backlog.oldest > LONGEST_WAIT,
        Trouble.UPKEEP_FAILS: bool(diary.failing),
        Trouble.NO_WRITES: not writable,
        Trouble.UNKNOWN_KEYS: bool(vault.unknown),
        Trouble.TOLD_LATE: owing.oldest is not None and now - owing.oldest > LONGEST_UNTOLD,
        Trouble.ENDPOINT_OFF: any(each.disabled_because not in (None, Switch.BY_HAND) for each in endpoints),
    }
    return Condition(
        model=version,
        serving_since=since,
        database=database.url.get_backend_name(),
        backlog=backlog,
        owing=owing,
        failing=sorted(diary.failing),
        stands_in_for=keeper.stands_in_for,
        troubles=[*_true(told)],
    )


def _together(owings: Sequence[Owing]) -> Owing:
    """Returns what several endpoints have to be told."""
    oldest = min((each.oldest for each in owings if each.oldest is not None), default=None)
    return Owing(sum(each.waiting for each in owings), sum(each.dead for each in owings), oldest)


def _true(told: Mapping[Trouble, bool]) -> Iterator[Trouble]:
    return (warning for warning, holds in told.items() if holds)
