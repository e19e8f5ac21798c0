"""Keeps the right classifier in the scorer: the one that the registry names, as soon as it can be loaded."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

import structlog

from moderation import metrics
from moderation.errors import ModerationError
from moderation.scoring import Classifier, Scorer
from moderation.storage.work import Work
from moderation.workflows.models import load_serving, note_bundled

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]

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
        self._told: set[str] = set()  # complaints since the last model was loaded; each is logged once
        self.problem: str | None = "The classifier is being loaded."

    async def look(self) -> None:
        """Loads what should serve, if it is not loaded yet. A model that cannot be loaded leaves the present one."""
        try:
            await self._register()
        except ModerationError as error:
            # A damaged baseline is no reason to do without a model that was trained here.
            self._complain(error)
        try:
            async with self._open_reading() as work:
                wanted = await work.models.serving()
            if self._scorer.version is None or self._scorer.version != wanted:
                self._take(await load_serving(folder=self._folder, open_reading=self._open_reading))
        except ModerationError as error:
            self._complain(error)

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
        if str(error) not in self._told:
            self._told.add(str(error))
            log.error("model_not_loaded", problem=str(error), code=error.code, serving=self._scorer.version)
        if self._scorer.version is None:
            self.problem = str(error)
            metrics.MODEL_LOADED.set(0)
