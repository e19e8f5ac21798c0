"""Which classifier serves: the registry in the database says so, to every instance."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

from moderation.domain import Agent, EventKind, ModelVersion
from moderation.errors import NotFound, NotInstalled, Raced, WrongUse
from moderation.scoring import Classifier, load_artifact, load_bundled, read_card
from moderation.scoring.artifact import read_artifact
from moderation.scoring.learned import Learned
from moderation.storage.database import OpenWork
from moderation.storage.work import Work
from moderation.workflows.events import promoted_events

BUNDLED = Agent.INSTALLATION.value  # who promotes a baseline that comes with a new version of the service
_NUMBER = re.compile(r"baseline-(\d+)(?!\w)")


async def note_bundled(*, folder: Path, open_work: OpenWork, now: datetime) -> None:
    """Notes the bundled baseline in the registry. A new one serves at once, unless a trained model or a newer baseline
    serves already.

    Raises BadArtifact if it is missing or damaged.
    """
    bundled = await asyncio.to_thread(load_bundled, folder)
    card = read_card(folder)
    model = ModelVersion(bundled.version, str(card["sha256"]), bundled=True, card=card, created_at=now)
    # Raced: another instance of the same installation was faster.
    with suppress(Raced):
        async with open_work() as work:
            if await work.models.find(model.version) is not None:
                return
            serving = await work.models.serving()
            champion = await work.models.find(serving) if serving else None
            await work.models.add(model, None)
            if champion is None or (champion.bundled and _is_earlier(champion.version, model.version)):
                await work.models.promote(model.version, by=BUNDLED, now=now)
                await _tell(work, model.version, now=now)
            await work.commit()


async def _tell(work: Work, version: str, *, now: datetime) -> None:
    """Tells the sites that want to know which classifier serves."""
    sites = await work.outbox.sites_listening(EventKind.MODEL_PROMOTED)
    await work.outbox.add_all(promoted_events(sites, version, now=now))


def _is_earlier(serving: str, ours: str) -> bool:
    """Returns whether a baseline may make room for ours: it has no higher number.

    While instances are upgraded one by one, an older release must not take back what a newer one has promoted; a name
    that we cannot read is one of a newer release. A classifier that somebody has put in its place stays.
    """
    theirs, own = _NUMBER.match(serving), _NUMBER.match(ours)
    if own is None:
        return True
    return theirs is not None and int(theirs[1]) <= int(own[1])


async def load_serving(*, folder: Path, open_reading: OpenWork) -> Classifier:
    """Returns the classifier that serves. Raises BadArtifact if it is missing or damaged."""
    async with open_reading() as work:
        serving = await work.models.serving()
    return await load_version(serving, folder=folder, open_reading=open_reading)


async def load_version(version: str | None, *, folder: Path, open_reading: OpenWork) -> Classifier:
    """Returns one version; None is the bundled one. Raises NotFound, NotInstalled and BadArtifact."""
    if version is None:
        return await asyncio.to_thread(load_bundled, folder)
    async with open_reading() as work:
        model = await work.models.find(version)
        artifact = await work.models.artifact(version) if model else None
    if model is None:
        raise NotFound("There is no such model; see: moderation models list")
    if artifact is not None:
        return await asyncio.to_thread(load_artifact, artifact, sha256=model.sha256)
    bundled = await asyncio.to_thread(load_bundled, folder)
    if bundled.version != version:
        raise NotInstalled(f"This installation comes with {bundled.version}, not with {version}.")
    return bundled


async def load_learned(version: str, *, folder: Path, open_reading: OpenWork) -> Learned:
    """Returns what a version has learned, to learn on from. Raises NotFound, NotInstalled and BadArtifact."""
    await load_version(version, folder=folder, open_reading=open_reading)  # its bytes are those of the registry
    async with open_reading() as work:
        artifact = await work.models.artifact(version)
    if artifact is None:
        artifact = await asyncio.to_thread((folder / "baseline.bin").read_bytes)
    return read_artifact(artifact)[1]


async def promote(version: str, *, folder: Path, open_work: OpenWork, by: str, now: datetime) -> None:
    """Lets a version serve, a site's own one its site and another all; every instance takes it up within seconds.
    Raises NotFound and BadArtifact."""
    await load_version(version, folder=folder, open_reading=open_work)
    async with open_work() as work:
        site = await work.site_models.owner(version)
        if site is None:
            await work.models.promote(version, by=by, now=now)
            await work.audit.add("model.promote", version, actor=by, now=now)
            await _tell(work, version, now=now)
        else:
            await promote_for(work, site, version, by=by, now=now)
        await work.commit()


async def promote_for(work: Work, site: UUID, version: str | None, *, by: str, now: datetime) -> None:
    """Lets a version serve a site, within a transaction; None: the one that is common to all."""
    await work.site_models.promote(site, version, by=by, now=now)
    shown = version or await work.models.serving() or ""
    await work.audit.add("model.promote", shown, site=site, actor=by, now=now)
    listening = await work.outbox.sites_listening(EventKind.MODEL_PROMOTED)
    await work.outbox.add_all(promoted_events([site] if site in listening else [], shown, now=now))


async def rollback(*, folder: Path, open_work: OpenWork, by: str, now: datetime) -> str:
    """Lets the version serve that served before the present one, and returns it. Raises WrongUse if there is none."""
    async with open_work() as work:
        promotions = [each.version for each in await work.models.promotions()]
    before = next((version for version in promotions if version != promotions[0]), None)
    if before is None:
        raise WrongUse("No other model has served before; there is nothing to go back to.")
    await promote(before, folder=folder, open_work=open_work, by=by, now=now)
    return before


async def rollback_site(
    site: UUID, *, folder: Path, open_work: OpenWork, by: str, now: datetime, replacing: str | None = None
) -> str | None:
    """Lets what served a site before its present version serve it again, and returns that; None is the common one.
    Raises WrongUse if it has never had one of its own; and Raced if it is not `replacing` that serves, for whoever asks
    twice would be where they began."""
    async with open_work() as work:
        promotions = [each.version for each in await work.site_models.promotions(site)]
        serves = next(iter(promotions), None) or await work.models.serving()
    if replacing is not None and replacing != serves:
        raise Raced("Another model serves by now.")
    if not promotions:
        raise WrongUse("This site has never had a model of its own; there is nothing to go back to.")
    # What served before the first one was the common one.
    before = next((version for version in [*promotions, None] if version != promotions[0]), None)
    if before is not None:
        await load_version(before, folder=folder, open_reading=open_work)
    async with open_work() as work:
        await promote_for(work, site, before, by=by, now=now)
        await work.commit()
    return before


async def load_serving_site(site: UUID, *, folder: Path, open_reading: OpenWork) -> Classifier:
    """Returns the classifier that serves a site. Raises BadArtifact if it is missing or damaged."""
    async with open_reading() as work:
        own = await work.site_models.serving(site)
    if own is None:
        return await load_serving(folder=folder, open_reading=open_reading)
    return await load_version(own, folder=folder, open_reading=open_reading)
