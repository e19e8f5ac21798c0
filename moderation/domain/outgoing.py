"""What sites are told: their endpoints, what is on its way to them, and what became of each try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class EventKind(StrEnum):
    """What a site can be told. A comment's events come in their order; the others have none."""

    APPROVED = "comment.approved"
    PENDING = "comment.pending"
    REJECTED = "comment.rejected"
    ERASED = "comment.erased"
    APPEAL_DECIDED = "appeal.decided"
    MODEL_PROMOTED = "model.promoted"


# What a site is told that names nothing: what became of its comments.
USUAL_EVENTS = tuple(kind for kind in EventKind if kind is not EventKind.MODEL_PROMOTED)


class Outcome(StrEnum):
    """What became of one try."""

    DELIVERED = "delivered"  # 2xx, and nothing else
    REFUSED = "refused"  # any other answer; redirects are not followed
    GONE = "gone"  # 410: the site wants no more
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    FORBIDDEN = "forbidden"  # the address is inside, or http where https is asked for


class State(StrEnum):
    """Where an event is on its way to one endpoint."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # tried as often as promised; somebody can have it sent again


class Switch(StrEnum):
    """Why an endpoint is off."""

    BY_HAND = "by_hand"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver. `retry_after` is what the receiver asked for."""

    outcome: Outcome
    status: int | None
    seconds: float
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that a site wants to be told at. The secret signs; the old one signs along until `old_secret_until`.

    `failures` counts those in a row, `probed_at` is when one that fails was tried last.
    """

    id: UUID
    site_id: UUID
    url: str
    events: tuple[str, ...]
    coral: bool
    secret_sealed: bytes = field(repr=False)
    old_secret_sealed: bytes | None = field(repr=False)
    old_secret_until: datetime | None
    failures: int
    failing_since: datetime | None
    probed_at: datetime | None
    resumes_at: datetime | None
    disabled_at: datetime | None
    disabled_because: Switch | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """An event that was taken from the queue to be sent to one endpoint. `tries` are those before."""

    number: int
    claim: int
    event_id: UUID
    type: str
    body: Mapping[str, object] = field(repr=False)
    occurred_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class SentLetter:
    """An event on its way to an endpoint, as the delivery log shows it."""

    number: int
    endpoint_id: UUID
    event_id: UUID
    type: str
    external_id: str | None
    state: State
    tries: int
    occurred_at: datetime
    due_at: datetime | None  # None: nothing more is tried
    last_outcome: Outcome | None
    last_status: int | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Owing:
    """What an endpoint still has to be told: how much, how much was given up, and since when the oldest waits."""

    waiting: int
    dead: int
    oldest: datetime | None
