"""All that a page says about the classifier of a site: what serves, how good it is, how it became so, and what next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from typing import Any
from uuid import UUID

from moderation.domain import (
    Label,
    ModelVersion,
    Promotion,
    Reason,
    RunState,
    Shadow,
    Site,
    Status,
    TrainingRun,
)
from moderation.errors import NotFound
from moderation.storage.database import OpenWork

# Old enough to be settled, and as long as a newsroom remembers.
CONFUSION = timedelta(days=90)
LATELY, BEFORE = timedelta(days=7), timedelta(days=28)
# The population stability index: below a tenth nothing has changed, above a quarter much has.
_LEAST_SHARE = 0.001


@dataclass(frozen=True, slots=True)
class Drift:
    """Scores of the last week beside those of the four weeks before it, as counts in equal parts of [0, 1]; `index` is
    the population stability index, None where either has no comments."""

    lately: Sequence[int]
    before: Sequence[int]
    index: float | None


@dataclass(frozen=True, slots=True)
class ModelView:
    """What the page shows. `own` None: the common model serves. `candidate`: the newest version that has never served
    and is newer than what serves."""

    common: str | None
    own: ModelVersion | None
    serves_since: Promotion | None
    candidate: ModelVersion | None
    versions: Sequence[ModelVersion]
    promotions: Sequence[Promotion]
    runs: Sequence[TrainingRun]
    shadow: Shadow | None
    labels: Mapping[Label, int]
    confusion: Mapping[Reason, Mapping[Status, int]]
    drift: Drift

    @property
    def under_way(self) -> bool:
        """Whether a run is wanted or goes on."""
        return any(run.state in (RunState.ASKED, RunState.RUNNING) for run in self.runs)

    @property
    def judged(self) -> ModelVersion | None:
        """The version whose curves are shown: what serves, or else the candidate."""
        return self.own or self.candidate


async def view_models(site: Site, *, open_reading: OpenWork, now: datetime) -> ModelView:
    """Returns what there is to say about the classifier of a site."""
    async with open_reading() as work:
        common = await work.models.serving()
        own_version = await work.site_models.serving(site.id)
        versions = await work.site_models.versions(site.id)
        promotions = await work.site_models.promotions(site.id)
        common_promotions = await work.models.promotions()
        lately = await work.model_figures.scores(site.id, since=now - LATELY, until=now + timedelta(days=1))
        before = await work.model_figures.scores(site.id, since=now - LATELY - BEFORE, until=now - LATELY)
        return ModelView(
            common=common,
            own=next((model for model in versions if model.version == own_version), None),
            serves_since=next(iter(promotions if own_version else common_promotions), None),
            candidate=_candidate(versions, promotions, own_version),
            versions=versions,
            promotions=promotions,
            runs=await work.training.runs(site.id),
            shadow=await work.shadows.of(site.id),
            labels=await work.labels.count(site.id),
            confusion=await work.model_figures.confusion(site.id, since=now - CONFUSION),
            drift=Drift(lately, before, stability_index(before, lately)),
        )


async def card_of_site(site: UUID, version: str, *, open_reading: OpenWork) -> Mapping[str, Any]:
    """Returns the card of one of the site's versions. Raises NotFound."""
    async with open_reading() as work:
        model = await work.models.find(version) if await work.site_models.owner(version) == site else None
    if model is None or "findings" not in model.card:
        raise NotFound
    return model.card


async def ask_for_training(site: UUID, *, open_work: OpenWork, by: str, now: datetime) -> None:
    """Asks for a run, unless one is wanted already; some instance takes it up within seconds."""
    async with open_work() as work:
        runs = await work.training.runs(site)
        if any(run.state is RunState.ASKED for run in runs):
            return
        await work.training.ask(site, by=by, now=now)
        await work.audit.add("model.retrain", "", site=site, actor=by, now=now)
        await work.commit()


def _candidate(
    versions: Sequence[ModelVersion], promotions: Sequence[Promotion], own: str | None
) -> ModelVersion | None:
    served = {promotion.version for promotion in promotions}
    newest = next(iter(versions), None)
    return newest if newest is not None and newest.version not in served and newest.version != own else None


def stability_index(before: Sequence[int], lately: Sequence[int]) -> float | None:
    """Returns by how much two distributions differ; None without comments in both."""
    if not sum(before) or not sum(lately):
        return None
    shares = [[max(count / sum(counts), _LEAST_SHARE) for count in counts] for counts in (before, lately)]
    return float(sum((now - then) * log(now / then) for then, now in zip(*shares, strict=True)))
