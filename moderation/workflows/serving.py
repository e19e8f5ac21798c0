"""Keeps the right classifiers in the scorer: those that the registry names, as soon as they can be loaded.

There is one for all, and one for each site that has learned. A site's own that cannot be loaded leaves the one that the
site had; where it had none, the common one goes on.

Trained models lie in the database, so only a bundled one can be missing here: while instances are upgraded one by one,
or back. Its bytes are not stored there as well, because this release need not understand them, or compute the same
from them; what it is known to get right is its own baseline. So that one stands in, and the registry stays as it is.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from moderation import metrics
from moderation.errors import ModerationError, NotInstalled, StorageUnavailable
from moderation.scoring import Classifier, Scorer
from moderation.storage.database import OpenWork
from moderation.workflows.models import load_version, note_bundled

log = structlog.stdlib.get_logger(__name__)


class ModelKeeper:
    """Looks into the registry and the folder of bundled models. `problem` says why no model is loaded, or None."""

    def __init__(
        self, scorer: Scorer, *, folder: Path, open_work: OpenWork, open_reading: OpenWork, now: Callable[[], datetime]
    ) -> None:
        self._scorer = scorer
        self._folder = folder
        self._open_work = open_work
        self._open_reading = open_reading
        self._now = now
        self._registered = False
        self._wanted: str | None = None  # what the registry named at the last look
        self._replaces = False  # whether a classifier was loaded while another one served, since the last look
        self._told: set[str] = set()  # complaints since the last model was loaded; each is logged once
        self.problem: str | None = "The classifier is being loaded."

    @property
    def stands_in_for(self) -> str | None:
        """The version that the registry names and that cannot be loaded here, while another one serves."""
        return self._wanted if self._scorer.version not in (None, self._wanted) else None

    async def look(self) -> None:
        """Loads what should serve, if it is not loaded yet. A model that cannot be loaded leaves the present one."""
        try:
            await self._register()
        except ModerationError as error:
            # A damaged baseline is no reason to do without a model that was trained here.
            self._complain(error)
        try:
            async with self._open_reading() as work:
                self._wanted = await work.models.serving()
                own = await work.site_models.all_serving()
            if self._scorer.version is None or self._scorer.version != self._wanted:
                await self._change_to(self._wanted)
            await self._look_at_sites(own)
        except ModerationError as error:
            self._complain(error)
        metrics.MODEL_STANDS_IN.set(self.stands_in_for is not None)
        if self._replaces:
            self._replaces = False
            # What a classifier remembers, some 30 MB, is held by reference cycles, and the collector seldom runs here.
            await asyncio.to_thread(gc.collect)

    async def _look_at_sites(self, own: Mapping[UUID, str]) -> None:
        self._scorer.keep_only(own)
        for site, version in own.items():
            if self._scorer.of(site).version == version:
                continue
            try:
                self._scorer.use_for(site, await self._load(version))
            except ModerationError as error:
                if isinstance(error, StorageUnavailable):
                    raise
                self._tell(error, version=version)
            else:
                log.info("model_of_site_loaded", version=version)

    async def _change_to(self, version: str | None) -> None:
        try:
            self._take(await self._load(version))
        except NotInstalled:
            if self._scorer.version is None:
                self._take(await self._load(None))
            raise

    async def _load(self, version: str | None) -> Classifier:
        loaded = await load_version(version, folder=self._folder, open_reading=self._open_reading)
        self._replaces = self._scorer.version is not None
        return loaded

    def _take(self, classifier: Classifier) -> None:
        self._scorer.use(classifier)
        self.problem = None
        self._told.clear()
        metrics.MODEL_LOADED.set(1)
        metrics.MODEL.info({"version": str(self._scorer.version)})
        log.info("model_loaded", version=self._scorer.version)

    async def _register(self) -> None:
        if self._registered:
            return
        await note_bundled(folder=self._folder, open_work=self._open_work, now=self._now())
        self._registered = True

    def _complain(self, error: ModerationError) -> None:
        self._tell(error, serving=self._scorer.version)
        if self._scorer.version is None:
            self.problem = str(error)
            metrics.MODEL_LOADED.set(0)

    def _tell(self, error: ModerationError, **more: object) -> None:
        if str(error) not in self._told:
            self._told.add(str(error))
            log.error("model_not_loaded", problem=str(error), code=error.code, **more)
