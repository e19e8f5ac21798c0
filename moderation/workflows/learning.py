"""What a running service does for its filters by the clock: train, let shadows score, look at the queue again.

Training runs in a process of its own: it takes minutes of computing, gives its memory back at its end, and if it dies,
the service does not notice.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from moderation.domain import Agent, RunState, Site, SitePolicy, TrainingRun
from moderation.domain.cron import Cron
from moderation.errors import ModerationError, Raced, StorageUnavailable
from moderation.scoring import Scorer
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.work import Work
from moderation.training.labels import LEAST_LABELS
from moderation.workflows.budget import follow_budget
from moderation.workflows.directory import KnownSite, SiteDirectory
from moderation.workflows.lease import LEASE
from moderation.workflows.rescore import rescore_queue
from moderation.workflows.schedule import is_due, last_ended
from moderation.workflows.shadow import ShadowKeeper

log = structlog.stdlib.get_logger(__name__)

BY_SCHEDULE = Agent.SCHEDULE.value
_STOP_SECONDS = 10.0


@dataclass
class Learner:
    """Looks after the filters of all sites; every instance has one, and the lease in the database lets one train."""

    directory: SiteDirectory
    scorer: Scorer
    folder: Path
    open_work: OpenWork
    open_reading: OpenWork
    at_once: AtOnce
    read_at_once: AtOnce
    now: Callable[[], datetime]
    random: Callable[[], float]
    settings: Mapping[str, str]  # as the environment of the process that trains
    defaults: SitePolicy = field(default_factory=SitePolicy)
    cron: Cron | None = None
    after_labels: int = 0
    _scored_by: dict[UUID, str] = field(default_factory=dict)
    _begun_at: datetime | None = None

    def __post_init__(self) -> None:
        self.shadows = ShadowKeeper(self.folder, self.open_work, self.open_reading)

    async def follow(self) -> None:
        """Lets new models look again at the queue, and shadows score what came in."""
        sites = await self.directory.all()
        await self._rescore_queues(sites)
        await self.shadows.follow([known.site for known in sites])

    async def _rescore_queues(self, sites: Sequence[KnownSite]) -> None:
        """Lets a site's new model look again at what the one before it could not decide; once for each new model."""
        for known in sites:
            try:
                await self._rescore(known)
            except ModerationError as error:
                if isinstance(error, StorageUnavailable):
                    raise
                # The others do not wait for a site whose model is not installed here, as in a rolling upgrade.
                log.warning("queue_not_rescored", site=known.site.slug, problem=str(error), code=error.code)

    async def _rescore(self, known: KnownSite) -> None:
        site = known.site
        version = self.scorer.of(site.id).version
        if version is None or self._scored_by.get(site.id) == version:
            return
        if await self.follow_budgets(site):
            known = await self.directory.find(site.slug) or known
        await rescore_queue(
            known.site,
            known.book,
            read_at_once=self.read_at_once,
            at_once=self.at_once,
            scorer=self.scorer,
            now=self.now,
            random=self.random,
        )
        self._scored_by[site.id] = version

    async def follow_budgets(self, site: Site) -> bool:
        """Lets the thresholds follow the budgets that a site has set. Returns whether they moved."""
        return await follow_budget(
            site,
            folder=self.folder,
            open_work=self.open_work,
            open_reading=self.open_reading,
            defaults=self.defaults,
            now=self.now(),
        )

    async def train(self) -> int:
        """Trains for sites for which somebody has asked for it, or it is time. Returns how many processes that were."""
        runs = 0
        for known in await self.directory.all():
            wanted = await self._wanted(known.site)
            if wanted is not None:
                await self._run(known.site, *wanted)
                runs += 1
        return runs

    async def _wanted(self, site: Site) -> tuple[UUID, str] | None:
        """Takes up a run, if there is to be one and nobody trains for this site. Returns its id and who wants it."""
        async with self.open_reading() as work:
            if await self._reason(work, site) is None:
                return None
        me = uuid4()
        try:
            async with self.open_work() as work:
                # Whoever is second waits here, and then sees the run of the first.
                if not await work.training.take(site.id, me, lease=timedelta(0)):
                    return None
                by = await self._reason(work, site)
                if by is None:
                    return None
                moment = await work.training.moment()
                await work.training.give_up(site.id, now=moment)
                run = await work.training.begin_asked(site.id)
                if run is None:
                    run = await work.training.ask(site.id, by=by, now=moment, state=RunState.RUNNING)
                # In the name of the run, so that nobody begins another one before its process holds on to it.
                await work.training.take(site.id, run, lease=LEASE)
                await work.commit()
        except Raced:
            return None
        return run, by

    async def _reason(self, work: Work, site: Site) -> str | None:
        """Returns who wants a run now; None if nobody does, or somebody trains for the site."""
        moment = await work.training.moment()  # by the clock of the database, which all instances share
        self._begun_at = self._begun_at or moment
        if await work.training.holder(site.id) is not None:
            return None
        runs = await work.training.runs_in_short(site.id)
        asked = [run for run in runs if run.state is RunState.ASKED]
        if asked:
            return asked[-1].asked_by
        if not self._is_due(runs, max(self.after_labels, 1), moment):
            return None  # however many labels there are, so nobody counts them
        last = last_ended(runs)
        counts = await work.labels.count(site.id, since=last.asked_at if last else None)
        if not self._is_due(runs, sum(counts.values()), moment):
            return None
        # A process that only finds out that labels are missing is not begun at all.
        return BY_SCHEDULE if min((await work.labels.count(site.id)).values()) >= LEAST_LABELS else None

    def _is_due(self, runs: Sequence[TrainingRun], new_labels: int, moment: datetime) -> bool:
        since = self._begun_at or moment
        return is_due(self.cron, self.after_labels, runs=runs, new_labels=new_labels, since=since, now=moment)

    async def _run(self, site: Site, run: UUID, by: str) -> None:
        arguments = ["retrain", "--site", site.slug, "--json", "--run", str(run), "--by", by]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "moderation",
            *arguments,
            env={**os.environ, **self.settings},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        log.info("training_began", site=site.slug, by=by, pid=process.pid)
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            # The service stops. What was not kept is not kept, and the next run begins anew.
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()  # a time-out in place of the cancellation would let whoever repeats this go on for ever
                await process.wait()
            raise
        log.info("training_ended", site=site.slug, status=status)
        async with self.open_work() as work:
            # One that was killed could say neither.
            await work.training.give_up(site.id, now=await work.training.moment(), run=run)
            await work.training.hold(site.id, run, lease=timedelta(0))
            await work.commit()
