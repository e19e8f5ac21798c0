"""What training leaves behind: runs with what they found, and models that score in the shadow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class RunState(StrEnum):
    """Where a run of training is."""

    ASKED = "asked"
    RUNNING = "running"
    PROMOTED = "promoted"
    KEPT = "kept"  # good enough, and nobody wanted it promoted
    REFUSED = "refused"  # by the gate
    FAILED = "failed"  # too few labels, or something broke


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One run for one site. `report` holds figures, and never a text of a reader."""

    id: UUID
    site_id: UUID
    asked_by: str
    state: RunState
    asked_at: datetime
    ended_at: datetime | None
    version: str | None
    report: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Promotion:
    """From when on which version serves a site; None is the one that is common to all sites."""

    version: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shadow:
    """A version that scores the comments of a site beside the one that decides. `after`: its last comment so far."""

    site_id: UUID
    version: str
    after: UUID
    begun_by: str
    begun_at: datetime
