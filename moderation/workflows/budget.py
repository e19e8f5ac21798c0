"""A site says what mistakes may cost, and the thresholds follow: at each new model, from what people found good."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from moderation.domain import Agent, Label, LabelledComment, Site, SitePolicy
from moderation.errors import FieldError, Invalid, NotFound
from moderation.scoring import Classifier
from moderation.storage.database import OpenWork
from moderation.workflows.directory import site_of
from moderation.workflows.judging import writing_of
from moderation.workflows.lessons import read_labels
from moderation.workflows.models import load_serving_site
from moderation.workflows.sites import change_settings

if TYPE_CHECKING:
    from moderation.training.budget import Promise


log = structlog.stdlib.get_logger(__name__)

BY_BUDGET = Agent.BUDGET.value
# Which threshold follows which budget.
FOLLOWS = {"hold_budget": "approve_below", "reject_budget": "reject_above"}


async def promises(
    site: Site, policy: SitePolicy, *, folder: Path, open_reading: OpenWork, now: datetime
) -> dict[str, Promise]:
    """Returns what the good comments of a site can promise of each budget that the policy has set, by the model that
    serves now. Only what people have judged counts, and only what the model has not learned from."""
    budgets = {name: getattr(policy, name) for name in FOLLOWS}
    if not any(budgets.values()):
        return {}
    classifier = await load_serving_site(site.id, folder=folder, open_reading=open_reading)
    labels = await read_labels(site.id, open_reading=open_reading, until=now)
    async with open_reading() as work:
        model = await work.models.find(classifier.version)
    border = str(model.card.get("learned_until", "")) if model else ""
    learned_until = datetime.fromisoformat(border) if border else None
    good = [
        comment
        for comment in labels
        if comment.label is Label.HAM
        and comment.given_by is not None
        and (learned_until is None or comment.received_at > learned_until)
    ]
    return await asyncio.to_thread(_promises, site, good, classifier, budgets, policy.audit_sample)


def _promises(
    site: Site,
    good: Sequence[LabelledComment],
    classifier: Classifier,
    budgets: Mapping[str, float],
    audit_rate: float,
) -> dict[str, Promise]:
    import numpy as np

    from moderation.training.budget import promised

    scores = classifier.score([writing_of(site, each.author_name, each.author_url, each.text) for each in good])
    values = np.array([score.spam for score in scores], dtype=np.float64)
    # One that was drawn stands for all that were not: else only what was doubted would count.
    weights = np.array([1 / audit_rate if each.audited and audit_rate > 0 else 1.0 for each in good])
    return {name: promised(values, weights, budget) for name, budget in budgets.items() if budget}


def thresholds_of(found: Mapping[str, Promise], policy: SitePolicy) -> dict[str, object]:
    """Returns the settings that keep the budgets. Raises Invalid for each that the data cannot support."""
    errors = [
        FieldError(
            name,
            "unsupported",
            f"Cannot be promised yet: it takes at least {promise.needed} good comments that people have judged and the "
            f"model has not learned from, and there are {promise.good:.0f}.",
        )
        for name, promise in found.items()
        if promise.threshold is None
    ]
    if policy.hold_budget and policy.reject_budget > policy.hold_budget:
        errors.append(FieldError("reject_budget", "invalid", "Must not be above hold_budget."))
    if errors:
        raise Invalid(errors)
    wanted = {FOLLOWS[name]: promise.threshold for name, promise in found.items()}
    low = wanted.get("approve_below", policy.approve_below) or 0.0
    high = wanted.get("reject_above", policy.reject_above) or 0.0
    if low > high:
        # Only one of the two follows a budget, and meets the other: what is held must begin where rejecting does not.
        wanted["approve_below" if "reject_above" in wanted else "reject_above"] = (
            high if "reject_above" in wanted else low
        )
    return dict(wanted)


async def with_budgets(
    site: Site,
    policy: SitePolicy,
    settings: Mapping[str, object],
    *,
    folder: Path,
    open_reading: OpenWork,
    now: datetime,
) -> dict[str, object]:
    """Returns settings that somebody wants to change, with the thresholds that follow from the budgets among them.
    `policy` is what would hold with these settings. Raises Invalid when the data cannot support them."""
    # Whoever changes something else is not asked for what the data supports: right after a promotion that is little.
    if _alike(policy, site.policy):
        return dict(settings)
    found = await promises(site, policy, folder=folder, open_reading=open_reading, now=now)
    return {**settings, **thresholds_of(found, policy)}


async def follow_budget(
    site: Site, *, folder: Path, open_work: OpenWork, open_reading: OpenWork, defaults: SitePolicy, now: datetime
) -> bool:
    """Lets the thresholds of a site follow its budgets with the model that serves now. Returns whether they moved.
    Where the data cannot support them any more, thresholds stay as they are, and so they do if somebody has changed
    them or a budget meanwhile."""
    found = await promises(site, site.policy, folder=folder, open_reading=open_reading, now=now)
    if not found:
        return False
    try:
        wanted = thresholds_of(found, site.policy)
    except Invalid as error:
        log.warning("budget_not_supported", site=site.slug, budgets=[wrong.field for wrong in error.errors])
        return False
    async with open_work() as work:
        stored = await work.sites.lock(site.slug)
        if stored is None:
            raise NotFound
        if not _alike(site_of(stored, defaults).policy, site.policy):
            return False  # somebody has set them meanwhile, and knows better than what was computed before
        changed = {name: value for name, value in wanted.items() if value != stored.settings.get(name)}
        if not changed:
            return False
        await change_settings(work, stored, changed, defaults=defaults, now=now, actor=BY_BUDGET)
        await work.commit()
    log.info("thresholds_follow_budget", site=site.slug, **{name: str(value) for name, value in changed.items()})
    return True


def _alike(policy: SitePolicy, other: SitePolicy) -> bool:
    """Tells whether budgets and thresholds are the same."""
    return all(getattr(policy, name) == getattr(other, name) for name in (*FOLLOWS, *FOLLOWS.values()))
