"""When a site is trained by itself: at the times of a cron line, or after so many new labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from moderation.domain import RunState, TrainingRun
from moderation.domain.cron import Cron

# A run that failed is tried again after this long: often it is labels that are missing.
AFTER_FAILURE = timedelta(hours=1)
# Labels alone begin no run sooner than this after the last one.
LEAST_BETWEEN = timedelta(minutes=10)


def is_due(
    cron: Cron | None, after: int, *, runs: Sequence[TrainingRun], new_labels: int, since: datetime, now: datetime
) -> bool:
    """Tells whether a site is to be trained now. `runs` are its latest ones, newest first; `new_labels` were given
    since the last of them that came to its end began; `since` is from when on times count where there is none. `after`
    0: labels alone begin nothing. Nobody trains at the moment: a run that still seems to has died."""
    if runs and not has_ended(runs[0]) and now - runs[0].asked_at < AFTER_FAILURE:
        return False
    last = last_ended(runs)
    begun = last.asked_at if last else min([since, *(run.asked_at for run in runs)])
    if cron is not None and new_labels:
        due = cron.next_after(begun)
        if due is not None and due <= now:
            return True
    return 0 < after <= new_labels and (last is None or now - begun >= LEAST_BETWEEN)


def last_ended(runs: Sequence[TrainingRun]) -> TrainingRun | None:
    """Returns the newest run that came to its end; what is due is counted from there, and not from one that failed."""
    return next((run for run in runs if has_ended(run)), None)


def has_ended(run: TrainingRun) -> bool:
    """Tells whether a run has found something out."""
    return run.state in (RunState.PROMOTED, RunState.KEPT, RunState.REFUSED)
