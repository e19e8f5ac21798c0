"""What else lies on a moderator's desk: who did what, articles with their switches, authors that were judged, figures
of one's own, and how the service is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from moderation.domain.nouns import ArticleRef, ArticleState
from moderation.domain.words import Comments, Moderation, Standing


class TrailKind(StrEnum):
    """What was done something with. The value is how the names of such actions begin."""

    DECISION = "decision"
    AUTHOR = "author"
    ARTICLE = "article"
    SITE = "site"
    ACCOUNT = "moderator"
    LOGIN = "login"
    MODEL = "model"
    KEYS = "keys"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which entries of the audit trail are listed; what is None does not matter. `until` is not included."""

    kind: TrailKind | None = None
    person: str | None = None  # the name of an account, or what stands for none, such as "command line"
    since: datetime | None = None
    until: datetime | None = None
    comment: UUID | None = None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """Something that a person has done. `action` is such as `site.set`; for a decision it is `decision`."""

    id: UUID
    action: str
    actor: str
    at: datetime
    subject: str  # the id of a comment or an author, or the name of a site, an account or a model
    comment_id: UUID | None
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles of a site are listed; what is None does not matter. `moderation` is the article's own.

    `words` stands somewhere in the title, the address or the site's id, without regard to case (of ASCII letters).
    """

    comments: Comments | None = None
    moderation: Moderation | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article with its switches, and how many of its comments are public and how many wait."""

    id: UUID
    site_id: UUID
    ref: ArticleRef
    state: ArticleState
    created_at: datetime
    approved: int
    pending: int


@dataclass(frozen=True, slots=True)
class JudgedAuthor:
    """An author about whom something is decided now. `name` is how the latest comment is signed."""

    id: UUID
    name: str | None
    standing: Standing
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DayOfRulings:
    """What one person has decided on one day (UTC), without the decisions that only took back another one.

    `undone` of them were taken back since, by anybody. `compared` are those that teach the classifier and had a score;
    with `agreed` of them the classifier was of the same mind, so on the same side of one half.
    """

    day: date
    approved: int
    rejected: int
    pending: int
    undone: int
    compared: int
    agreed: int

    @property
    def decided(self) -> int:
        """All decisions of the day."""
        return self.approved + self.rejected + self.pending


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits on a site: for a person, and among that for a classifier. Both are counted up to a bound; when
    `exact` is False there are more. `oldest` is when the oldest one came; None when nothing waits."""

    waiting: int
    exact: bool
    oldest: datetime | None
    unscored: int
