"""What moderators have decided becomes a candidate for their site, and the site's model if it has earned that.

Labels, lessons, split, candidate, gate, registry, promotion: in this order. All that is kept is kept in one transaction
at the end, so that a crash at any moment leaves the model in service as it was.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from moderation.domain import Label, LabelledComment, ModelVersion, RunState, Site
from moderation.errors import GateRefused, ModerationError, TrainingElsewhere, TrainingFailed
from moderation.storage.database import OpenWork
from moderation.workflows.judging import host_of
from moderation.workflows.lease import still_mine, training_lease
from moderation.workflows.lessons import read_labels
from moderation.workflows.models import load_learned, load_serving_site, promote_for

if TYPE_CHECKING:
    from moderation.training.trial import Trial


log = structlog.stdlib.get_logger(__name__)

# How many of a site's versions that have never served are kept, to be looked at or tried in the shadow.
KEPT_UNSERVED = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run is to go. `by` is who wants it; `run` is its id if it was asked for before."""

    by: str
    promote: bool = True
    dry_run: bool = False
    run: UUID | None = None
    jobs: int = 1  # processes that compute
    scheduler: str | None = None  # the address of a Dask cluster that does instead


@dataclass(frozen=True, slots=True)
class Trained:
    """What became of a run; `report` as in `training.report`, `card` as Markdown."""

    state: RunState
    version: str
    report: Mapping[str, Any]
    card: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Told as it goes: `stage` a sentence at each step, `labels` how many were read."""

    stage: Callable[[str], None] = lambda sentence: None
    labels: Callable[[int], None] = lambda count: None


async def retrain(
    site: Site,
    plan: Plan,
    *,
    folder: Path,
    open_work: OpenWork,
    open_reading: OpenWork,
    now: Callable[[], datetime],
    progress: Progress | None = None,
) -> Trained:
    """Trains for a site. Raises TooFewLabels, TrainingElsewhere and TrainingFailed; the gate's refusal is no error."""
    # Whoever took up a run that was asked for has taken the lease in its name.
    async with training_lease(site.id, plan.run, open_work=open_work) as holder:
        run = None if plan.dry_run else await _begin(site, plan, open_work=open_work, now=now)
        try:
            return await _train(
                site, plan, run, holder,
                folder=folder, open_work=open_work, open_reading=open_reading, now=now, progress=progress or Progress(),
            )  # fmt: skip
        except TrainingElsewhere:
            raise  # whoever trains now says what became of it
        except Exception as error:
            told = str(error) if isinstance(error, ModerationError) else type(error).__name__
            await _fail(run, told, open_work=open_work, now=now)
            raise


def require_promotable(trained: Trained) -> None:
    """Raises GateRefused, with rule and figures, if the gate has refused."""
    if trained.state is RunState.REFUSED:
        raise GateRefused(f"The gate refuses {trained.version}: {'; '.join(refusals(trained.report))}.")


def refusals(report: Mapping[str, Any]) -> list[str]:
    """Returns the rules that do not hold, each with its figures."""
    return [_sentence(finding) for finding in report["findings"] if not finding["holds"]]


def _sentence(finding: Mapping[str, Any]) -> str:
    rule, candidate = finding["rule"], finding["candidate"]
    if finding["champion"] is None:
        return f"{rule} is {candidate:g}, at least {finding['margin']:g} needed"
    return f"{rule} is {candidate:.4g} and not {finding['champion']:.4g}, margin {finding['margin']:.3g}"


async def _begin(site: Site, plan: Plan, *, open_work: OpenWork, now: Callable[[], datetime]) -> UUID:
    """Notes the run; those before it that died are given up: nobody else has the lease."""
    async with open_work() as work:
        moment = now()
        if plan.run is None:
            await work.training.give_up(site.id, now=moment)
            run = await work.training.ask(site.id, by=plan.by, now=moment, state=RunState.RUNNING)
        else:
            run = plan.run
        await work.commit()
    return run


async def _fail(run: UUID | None, problem: str, *, open_work: OpenWork, now: Callable[[], datetime]) -> None:
    if run is None:
        return
    async with open_work() as work:
        await work.training.end(run, RunState.FAILED, now=now(), report={"problem": problem})
        await work.commit()


async def _train(
    site: Site,
    plan: Plan,
    run: UUID | None,
    holder: UUID,
    *,
    folder: Path,
    open_work: OpenWork,
    open_reading: OpenWork,
    now: Callable[[], datetime],
    progress: Progress,
) -> Trained:
    until = now()
    progress.stage("Counting labels")
    async with open_reading() as work:
        counts = await work.labels.count(site.id)
        common = await work.models.serving()
    _require_enough(counts)
    if common is None:
        raise TrainingFailed("No model is in the registry yet: start the service once, or see moderation models list.")
    progress.stage(f"Reading {sum(counts.values())} labels")
    labels = await read_labels(site.id, open_reading=open_reading, until=until, progress=progress.labels)
    progress.stage("Loading the model in service")
    champion = await load_serving_site(site.id, folder=folder, open_reading=open_reading)
    base = await load_learned(common, folder=folder, open_reading=open_reading)
    # In a thread, so that the lease goes on; and no transaction stays open while it is computed.
    compute = partial(_compute, site, plan, labels, base, champion, common, folder, until, progress.stage)
    trial, report = await asyncio.to_thread(compute)
    progress.stage("Keeping what was found")
    return await _keep(site, plan, run, holder, trial, report, open_work=open_work, now=now)


def _require_enough(counts: Mapping[Label, int]) -> None:
    from moderation.training.trial import require_enough

    require_enough(dict(counts))


def _compute(
    site: Site,
    plan: Plan,
    labels: list[LabelledComment],
    base: Any,
    champion: Any,
    common: str,
    folder: Path,
    until: datetime,
    stage: Callable[[str], None],
) -> tuple[Trial, dict[str, Any]]:
    from moderation.scoring.artifact import read_artifact
    from moderation.training.labels import lessons_of
    from moderation.training.reference import reference_cases
    from moderation.training.report import report_of
    from moderation.training.shares import HOLD_BUDGET
    from moderation.training.spreading import computing
    from moderation.training.topwords import top_words
    from moderation.training.trial import require_enough, try_lessons

    stage("Looking for texts that are nearly the same")
    policy = site.policy
    lessons = lessons_of(labels, site_host=host_of(site), audit_rate=policy.audit_sample)
    require_enough({label: sum(lesson.label is label for lesson in lessons) for label in Label})
    with computing(jobs=plan.jobs, scheduler=plan.scheduler):
        trial = try_lessons(
            base,
            champion,
            lessons,
            reference_cases(folder),
            name=f"{site.slug}-{until:%Y%m%d}",
            approve_below=policy.approve_below,
            reject_above=policy.reject_above,
            budget=policy.hold_budget or HOLD_BUDGET,
            progress=stage,
        )
    report = report_of(trial, lessons, champion=champion.version, base=common)
    report["thresholds"] = [policy.approve_below, policy.reject_above]
    report["words"] = top_words(read_artifact(trial.candidate.artifact)[1], base)
    return trial, report


async def _keep(
    site: Site,
    plan: Plan,
    run: UUID | None,
    holder: UUID,
    trial: Trial,
    report: dict[str, Any],
    *,
    open_work: OpenWork,
    now: Callable[[], datetime],
) -> Trained:
    from moderation.training.site_card import site_card, site_card_text

    artifact, version = trial.candidate.artifact, trial.candidate.classifier.version
    moment, sha256 = now(), hashlib.sha256(trial.candidate.artifact).hexdigest()
    card = site_card(report, site=site.slug, sha256=sha256, size=len(artifact), trained_at=moment.isoformat())
    if not trial.verdict.may_serve:
        state = RunState.REFUSED
    else:
        state = RunState.PROMOTED if plan.promote and not plan.dry_run else RunState.KEPT
    trained = Trained(state, version, report, site_card_text(card))
    if run is None:
        return trained
    async with open_work() as work:
        await still_mine(work, site.id, holder)
        serving = await work.site_models.serving(site.id) or await work.models.serving()
        if serving != report["champion"]:
            raise TrainingFailed(f"Meanwhile {serving} serves, with which the candidate was not compared; train again.")
        if await work.models.find(version) is None:
            await work.models.add(ModelVersion(version, sha256, bundled=False, card=card, created_at=moment), artifact)
            await work.site_models.add(version, site.id)
        if state is RunState.PROMOTED:
            await promote_for(work, site.id, version, by=plan.by, now=moment)
        await work.training.end(run, state, now=moment, version=version, report=_short(report))
        await work.site_models.forget_unserved(site.id, keep=KEPT_UNSERVED)
        await work.commit()
    log.info("trained", site=site.slug, state=state, version=version, broken=[f.rule for f in trial.verdict.broken])
    return trained


def _short(report: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a run keeps; the rest stands in the card of its version."""
    return {name: value for name, value in report.items() if name not in ("curves", "words")}
