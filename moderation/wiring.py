"""Who is given what. The only place that builds engines, vaults and scorers; everybody else is handed them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random

import structlog

from moderation.bundled import bundled_folder
from moderation.clock import Clock, utc_now
from moderation.delivery import Networks, Sender, networks_of
from moderation.domain import ArticleState, ArticleUpdate, Delivery, Edit, Moderator, Receipt, SitePolicy
from moderation.errors import WrongUse
from moderation.privacy import EmailVault, SecretKeys
from moderation.scoring import Scorer
from moderation.settings import Settings
from moderation.storage.audit import COMMAND_LINE
from moderation.storage.database import PATIENCE_SECONDS, Database
from moderation.storage.failures import at_most, away
from moderation.storage.migrations import Schema, schema_of, upgrade
from moderation.workflows import change, upkeep
from moderation.workflows.batching import Batcher
from moderation.workflows.deliver import Courier, Send
from moderation.workflows.directory import KnownSite, SiteDirectory
from moderation.workflows.endpoints import Endpoints
from moderation.workflows.first_start import FIRST_SITE
from moderation.workflows.forget import forget
from moderation.workflows.judging import Outcome
from moderation.workflows.key_file import secret_keys
from moderation.workflows.keys import demand_key_file, learn_keys, open_vault
from moderation.workflows.learning import Learner
from moderation.workflows.login import Doorkeeper
from moderation.workflows.passwords import Passwords
from moderation.workflows.rescore import rescore
from moderation.workflows.serving import ModelKeeper
from moderation.workflows.submit import Arrival, submit, submit_apart

# How often the service looks for a new model, for comments without a score, and for other instances' keys.
LOOK_SECONDS = 5
FORGET_SECONDS = 3600
# Comments that come before the classifier is loaded are held, so the start need not wait for long.
START_PATIENCE_SECONDS = 5.0

log = structlog.stdlib.get_logger(__name__)

# A generator of our own, seeded by the system: nobody sees its numbers, and asking the system each time costs more.
_random = Random().random  # noqa: S311

NO_DEMO = "off"


@dataclass(frozen=True)
class House:
    """What commands and service share: the store, the vault, and what sites get that have set nothing."""

    settings: Settings
    database: Database
    secret_keys: SecretKeys
    vault: EmailVault
    defaults: SitePolicy
    models: Path
    now: Clock

    @property
    def exempt(self) -> Networks:
        """Networks besides the public internet that webhooks may go to."""
        return networks_of(self.settings.endpoint_networks)

    def endpoints(self, moderator: Moderator | None = None) -> Endpoints:
        """Returns who looks after endpoints: for a moderator, those of their sites, else all."""
        return Endpoints(
            open_work=self.database.open_work,
            open_reading=self.database.open_reading,
            vault=self.vault,
            exempt=self.exempt,
            now=self.now,
            sites=moderator.sites if moderator else None,
            actor=moderator.name if moderator else COMMAND_LINE,
        )


def prepare_store(settings: Settings) -> None:
    """Sees to it that the tables are those of this version. Raises WrongUse and StorageUnavailable.

    An embedded database is migrated, and an empty one is set up, because nothing can be lost. A PostgreSQL database
    with comments in it is migrated only by `moderation migrate`: the operator chooses the moment.
    """
    schema = schema_of(settings.store_url)
    if schema is Schema.EMPTY or (schema is Schema.BEHIND and settings.embedded):
        upgrade(settings.store_url)
        log.info("tables_upgraded", were=schema.value)
    elif schema is Schema.BEHIND:
        raise WrongUse("The tables are those of an older version. Bring them up to date with: moderation migrate")
    elif schema is Schema.UNKNOWN:
        # While instances are upgraded one by one, the old ones must go on with the new tables.
        log.warning("schema_is_newer")


@asynccontextmanager
async def open_house(settings: Settings, *, now: Clock = utc_now) -> AsyncIterator[House]:
    """Opens store and vault. Raises StorageUnavailable and BadKeys."""
    database = Database(settings.store_url)
    try:
        await demand_key_file(settings, open_reading=database.open_reading)
        keys = SecretKeys(secret_keys(settings))
        vault = await open_vault(keys, open_work=database.open_work, now=now())
        yield House(settings, database, keys, vault, default_policy(settings), bundled_folder("models"), now)
    finally:
        await database.close()


def default_policy(settings: Settings) -> SitePolicy:
    """Returns what holds for a site that has set nothing."""
    return SitePolicy(
        approve_below=settings.approve_below, reject_above=settings.reject_above, audit_sample=settings.audit_sample
    )


class Service:
    """A house that takes comments: everything a door needs, under one name."""

    def __init__(
        self,
        house: House,
        *,
        scorer: Scorer | None = None,
        random: Callable[[], float] = _random,
        passwords: Passwords | None = None,
    ) -> None:
        self.house = house
        self.now = house.now
        self.at_once = house.database.at_once
        self.read_at_once = house.database.read_at_once
        self.open_work = house.database.open_work
        self.open_reading = house.database.open_reading
        self.scorer = scorer or Scorer()
        self.diary = upkeep.Diary()
        self._random = random
        self.directory = SiteDirectory(
            open_reading=self.open_reading, vault=house.vault, defaults=house.defaults, now=house.now
        )
        self.door = Doorkeeper(self.open_work, self.open_reading, house.vault, passwords or Passwords(), house.now)
        self.keeper = ModelKeeper(
            self.scorer,
            folder=house.models,
            open_work=self.open_work,
            open_reading=self.open_reading,
            now=house.now,
        )
        self.learner = Learner(
            self.directory, self.scorer, house.models,
            self.open_work, self.open_reading, self.at_once, self.read_at_once, house.now, random,
            settings=house.settings.as_environment(), defaults=house.defaults,
            cron=house.settings.cron, after_labels=house.settings.retrain_after,
        )  # fmt: skip
        self.submissions: Batcher[tuple[KnownSite, Arrival], Outcome] = Batcher(
            self._submit,
            max_batch=house.settings.max_batch,
            max_waiting=house.settings.max_waiting,
            max_seconds=PATIENCE_SECONDS,
        )

    @property
    def demo_site(self) -> str | None:
        """The site that can be tried out at /demo/: the one that the operator has named, or on somebody's own machine
        the first one."""
        settings = self.house.settings
        if settings.demo:
            return None if settings.demo == NO_DEMO else settings.demo
        return FIRST_SITE if settings.is_local else None

    async def edit(self, known: KnownSite, edit: Edit, delivery: Delivery, *, said_at: datetime) -> Receipt:
        """Replaces a text and judges it again. Raises StorageUnavailable, also when all of it takes too long."""
        try:
            async with at_most(PATIENCE_SECONDS):
                return await change.edit(
                    known.site,
                    edit,
                    delivery,
                    said_at=said_at,
                    at_once=self.at_once,
                    open_reading=self.open_reading,
                    scorer=self.scorer,
                    book=known.book,
                    now=self.now,
                    random=self._random,
                )
        except TimeoutError as error:
            raise away() from error

    async def delete(self, known: KnownSite, external_id: str, delivery: Delivery) -> Receipt:
        """Takes a comment out of public and queue."""
        return await change.delete(known.site, external_id, delivery, at_once=self.at_once, now=self.now)

    async def update_article(
        self, known: KnownSite, update: ArticleUpdate, delivery: Delivery, *, said_at: datetime
    ) -> ArticleState:
        """Takes over what a site says about an article."""
        return await change.update_article(
            known.site, update, delivery, said_at=said_at, at_once=self.at_once, now=self.now
        )

    async def _submit(self, items: Sequence[tuple[KnownSite, Arrival]]) -> list[Outcome]:
        return await submit_apart(items, self._submit_to)

    async def _submit_to(self, known: KnownSite, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        return await submit(
            known.site,
            arrivals,
            at_once=self.at_once,
            vault=self.house.vault,
            scorer=self.scorer,
            book=known.book,
            now=self.now,
            random=self._random,
        )

    async def rescore(self) -> int:
        """Decides comments that wait for a score, if there is a classifier now."""
        if self.scorer.version is None:
            return 0
        sites = {known.site.id: (known.site, known.book) for known in await self.directory.all()}
        return await rescore(
            sites,
            read_at_once=self.read_at_once,
            at_once=self.at_once,
            scorer=self.scorer,
            now=self.now,
            random=self._random,
        )

    async def forget(self) -> int:
        """Forgets what is kept for a while only."""
        settings = self.house.settings
        return await forget(
            at_once=self.at_once,
            open_work=self.open_work,
            now=self.now(),
            address_days=settings.address_days,
            replay_days=settings.replay_days,
        )

    def courier(self, send: Send) -> Courier:
        """Returns who brings sites what they are to be told."""
        bell = self.house.database.bell
        return Courier(
            send=send,
            at_once=self.at_once,
            open_reading=self.open_reading,
            vault=self.house.vault,
            now=self.now,
            random=self._random,
            wait=bell.wait,
            wake=bell.ring,
            base=self.house.settings.public_url,
        )

    async def look(self) -> None:
        """Takes up new models and keys, and then what has waited for them."""
        await self.keeper.look()
        await learn_keys(self.house.vault, open_reading=self.open_reading)
        await self.rescore()


@asynccontextmanager
async def open_service(settings: Settings, *, now: Clock = utc_now) -> AsyncIterator[Service]:
    """Opens the house and keeps it going: the model loaded, what waits scored, what is old forgotten."""
    async with open_house(settings, now=now) as house, Sender(house.exempt) as sender:
        service = Service(house)
        with suppress(TimeoutError):
            async with asyncio.timeout(START_PATIENCE_SECONDS):
                await service.keeper.look()
        repeat = partial(upkeep.repeat, diary=service.diary)
        tasks = [
            asyncio.create_task(repeat(service.look, name="look", seconds=LOOK_SECONDS)),
            asyncio.create_task(repeat(service.learner.follow, name="follow", seconds=LOOK_SECONDS)),
            asyncio.create_task(repeat(service.learner.train, name="train", seconds=LOOK_SECONDS)),
            asyncio.create_task(repeat(service.forget, name="forget", seconds=FORGET_SECONDS)),
            asyncio.create_task(service.courier(sender.send).run()),
            asyncio.create_task(house.database.listen()),
        ]
        try:
            yield service
        finally:
            await service.submissions.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
