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
    since the last of them began; `since` is from when on times count where nobody has ever trained. `after` 0: labels
    alone begin nothing."""
    last = runs[0] if runs else None
    begun = last.asked_at if last else since
    if last and last.state is RunState.FAILED and now - begun < AFTER_FAILURE:
        return False
    if cron is not None and new_labels:
        due = cron.next_after(begun)
        if due is not None and due <= now:
            return True
    return 0 < after <= new_labels and (last is None or now - begun >= LEAST_BETWEEN)
