"""A model in the shadow scores what comes in beside the model that decides, and decides nothing.

It comes behind: what was stored is scored a few seconds later, in order, by one instance at a time. So no comment waits
for it, and none fails because of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from moderation.domain import Shadow, Site
from moderation.errors import ModerationError, NotFound, Raced, StorageUnavailable
from moderation.scoring import Classifier
from moderation.storage.database import OpenWork
from moderation.storage.shadows import Unshadowed
from moderation.workflows.backtest import Backtest, compared
from moderation.workflows.judging import writing_of
from moderation.workflows.models import load_version

log = structlog.stdlib.get_logger(__name__)

BATCH = 200
# How many of the latest comments are compared.
COMPARED = 2_000


@dataclass
class ShadowKeeper:
    """The classifiers that score in the shadow here, each loaded once."""

    folder: Path
    open_work: OpenWork
    open_reading: OpenWork

    def __post_init__(self) -> None:
        self._loaded: dict[str, Classifier] = {}

    async def follow(self, sites: Sequence[Site]) -> int:
        """Scores what came since the last time. Returns how many comments that were."""
        async with self.open_reading() as work:
            shadows = {shadow.site_id: shadow for shadow in await work.shadows.all()}
        self._loaded = {v: c for v, c in self._loaded.items() if any(s.version == v for s in shadows.values())}
        return sum([await self._follow_one(site, shadows[site.id]) for site in sites if site.id in shadows])

    async def _follow_one(self, site: Site, shadow: Shadow) -> int:
        try:
            return await self._follow(site, shadow)
        except ModerationError as error:
            if isinstance(error, StorageUnavailable):
                raise
            # The others do not wait for a shadow that cannot be loaded here.
            log.warning("shadow_did_not_score", site=site.slug, problem=str(error), code=error.code)
            return 0

    async def _follow(self, site: Site, shadow: Shadow) -> int:
        if shadow.version not in self._loaded:
            loaded = await load_version(shadow.version, folder=self.folder, open_reading=self.open_reading)
            self._loaded[shadow.version] = loaded
        async with self.open_reading() as work:
            comments = await work.shadows.next(shadow, limit=BATCH)
        if not comments:
            return 0
        scores = await asyncio.to_thread(_scores, self._loaded[shadow.version], site, comments)
        try:
            async with self.open_work() as work:
                kept = await work.shadows.keep(shadow, scores, most=COMPARED)
                await work.commit()
        except Raced:
            return 0
        return len(scores) if kept else 0


async def begin_shadow(site: Site, version: str, *, folder: Path, open_work: OpenWork, by: str, now: datetime) -> None:
    """Lets a version score a site in the shadow. Raises NotFound and BadArtifact; also for another site's version."""
    await load_version(version, folder=folder, open_reading=open_work)
    async with open_work() as work:
        if await work.site_models.owner(version) not in (None, site.id):
            raise NotFound("This is another site's model.")
        await work.shadows.begin(site.id, version, by=by, now=now)
        await work.audit.add("model.shadow", version, site=site.id, actor=by, now=now)
        await work.commit()


async def end_shadow(site: UUID, *, open_work: OpenWork, by: str, now: datetime) -> None:
    """Ends a site's shadow. Raises NotFound."""
    async with open_work() as work:
        shadow = await work.shadows.of(site)
        if shadow is None or not await work.shadows.end(site):
            raise NotFound("This site has no model in the shadow.")
        await work.audit.add("model.shadow_off", shadow.version, site=site, actor=by, now=now)
        await work.commit()


async def seen_in_shadow(site: Site, *, open_reading: OpenWork, now: datetime) -> tuple[Shadow, Backtest]:
    """Returns what the shadow would have done otherwise so far. Raises NotFound."""
    async with open_reading() as work:
        shadow = await work.shadows.of(site.id)
        if shadow is None:
            raise NotFound("This site has no model in the shadow.")
        scores = await work.shadows.scores(site.id, limit=COMPARED)
        comments = await work.decisions.lately(site.id, limit=COMPARED, now=now)
    scored = [comment for comment in comments if comment.id in scores]
    others = [scores[comment.id] for comment in scored]
    return shadow, await asyncio.to_thread(compared, site, scored, others, shadow.version, site.policy)


def _scores(classifier: Classifier, site: Site, comments: Sequence[Unshadowed]) -> list[tuple[UUID, float]]:
    writings = [writing_of(site, each.author_name, each.author_url, each.text) for each in comments]
    found = classifier.score(writings)
    return [(comment.id, score.spam) for comment, score in zip(comments, found, strict=True)]
