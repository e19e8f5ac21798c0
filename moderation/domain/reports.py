"""What readers complain about, what becomes of it, and what is told to those whose comments were rejected."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from moderation.domain.words import Reason


class Complaint(StrEnum):
    """Why a reader reports a comment. `illegal`: a notice of illegal content (Art. 16 of the Digital Services Act)."""

    SPAM = "spam"
    ABUSE = "abuse"
    HATE = "hate"
    OFF_TOPIC = "off_topic"
    PERSONAL_DATA = "personal_data"
    ILLEGAL = "illegal"
    OTHER = "other"


class Finding(StrEnum):
    """What a person has found about a report."""

    OPEN = "open"  # nobody has ruled yet
    UPHELD = "upheld"  # the comment was rejected
    DISMISSED = "dismissed"  # the comment was approved


class Source(StrEnum):
    """What led to a decision."""

    OWN_INITIATIVE = "own_initiative"
    REPORT = "report"
    NOTICE = "notice"  # of illegal content


class AppealState(StrEnum):
    """What became of an appeal."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Grievance:
    """A report as it comes in. `reporter` is a keyed pseudonym; the contact is sealed, and of notices only."""

    complaint: Complaint
    text: str | None = None
    reporter: bytes | None = field(default=None, repr=False)
    contact: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as moderators see it. `right` and `wrong` count what was found about its reporter's reports so far."""

    id: UUID
    comment_id: UUID
    reference: str
    complaint: Complaint
    text: str | None
    reporter: str | None  # the beginning of the pseudonym; None: the site has named nobody
    right: int
    wrong: int
    has_contact: bool
    finding: Finding
    reported_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportReceipt:
    """What whoever has reported a comment may know of the report."""

    reference: str
    comment_id: UUID
    complaint: Complaint
    finding: Finding
    reported_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A decision to reject, with what a statement of reasons (Art. 17 of the Digital Services Act) says about it."""

    comment_id: UUID
    version: int
    reason: Reason
    basis: str | None  # the rule or the law, in the moderator's words
    automated: bool
    model: str | None  # the classifier that has looked at it
    source: Source
    final: bool  # it was decided on an appeal
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """What an author says against a rejection. `first` is the moderator who has rejected; None: the machine has."""

    id: UUID
    site_id: UUID
    comment_id: UUID
    version: int
    text: str
    state: AppealState
    answer: str | None
    first: UUID | None
    appealed_at: datetime
    decided_at: datetime | None
