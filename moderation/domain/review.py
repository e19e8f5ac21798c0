"""What moderators see and say: the queue, a ruling, a claim, a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from moderation.domain.nouns import ArticleRef
from moderation.domain.words import Actor, Label, Reason, Standing, Status


class Sort(StrEnum):
    """In which order comments are listed."""

    RISK = "risk"  # most probably spam first
    UNCERTAIN = "uncertain"  # nearest to a probability of one half first
    REPORTS = "reports"  # most reported first
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which comments of a site are listed; what is None does not matter. A comment without a score has none to compare.

    `words` must all be in the text or in the author's name, each at the beginning of a word. `like` is a comment, and
    finds it and those that say nearly the same; `up_to` is one, and finds what came no later. `campaign` is the name
    that `like` has turned out to mean.
    """

    status: Status = Status.PENDING
    reason: Reason | None = None
    article: str | None = None  # the site's own id
    author: UUID | None = None
    min_score: float | None = None
    max_score: float | None = None
    words: tuple[str, ...] = ()
    reported: bool = False  # only those about which readers have complained, and nobody has ruled since
    like: UUID | None = None
    up_to: UUID | None = None
    campaign: UUID | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands in every order."""

    id: UUID
    score: float | None
    reports: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Who looks at a comment, and until when."""

    comment_id: UUID
    moderator_id: UUID
    moderator: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class QueuedComment:
    """A comment as moderators see it: nothing of the author's address or IP."""

    id: UUID
    site_id: UUID
    site: str  # its slug
    external_id: str
    article: ArticleRef
    parent_id: str | None
    author_id: UUID
    author_name: str
    author_url: str | None
    text: str
    submitted_at: datetime
    received_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    version: int
    status: Status
    reason: Reason
    detail: str | None
    score: float | None
    model: str | None
    reports: int
    campaign: UUID  # the name that all bear that say nearly the same
    claim: Claim | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """Pending comments of a site that say nearly the same, up to a bound: how many they are, and which of them came
    first and last."""

    count: int
    first: UUID
    last: UUID


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decides. The note is for colleagues; sites never see it. The basis is the rule or the law, and the
    answer is for whoever has appealed: the site is told both."""

    status: Status
    reason: Reason
    note: str | None = None
    basis: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One decision on a comment, as it was taken."""

    id: UUID
    comment_id: UUID
    version: int
    status: Status
    reason: Reason
    detail: str | None
    score: float | None
    model: str | None
    decided_by: Actor
    moderator: str | None
    label: Label | None
    note: str | None
    batch_id: UUID | None
    undoes_id: UUID | None
    decided_at: datetime
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What a moderator tells colleagues about a comment."""

    id: UUID
    moderator: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorFile:
    """What a site knows of an author, by pseudonym. `counts` are comments by status; deleted ones are left out."""

    id: UUID
    site_id: UUID
    name: str | None  # as the latest comment is signed
    standing: Standing
    standing_until: datetime | None
    first_seen_at: datetime
    counts: dict[Status, int]


@dataclass(frozen=True, slots=True)
class AuthorRecord:
    """How an author stands, until when, and how many of their comments have which status."""

    standing: Standing
    standing_until: datetime | None
    counts: dict[Status, int]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened in the queue of a site.

    `kind` is `entered`, `left` or `changed` for a decision (of which `id` is the id), `claimed` or `released` for a
    claim.
    """

    id: UUID | None
    site_id: UUID
    comment_id: UUID
    kind: str
    at: datetime
    moderator: str | None = None
    version: int | None = None
    status: Status | None = None
    was: Status | None = None
    reason: Reason | None = None
    decided_by: Actor | None = None
    batch_id: UUID | None = None
    undoes_id: UUID | None = None
    expires_at: datetime | None = None
