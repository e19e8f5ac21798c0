"""What moderators are told about articles, authors, the audit trail, figures, settings and the service, as JSON."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from moderation import domain
from moderation.api.answers import ArticleBody
from moderation.workflows.condition import Trouble


class ListedArticleBody(ArticleBody):
    """An article with its switches."""

    key: UUID = Field(description="Our id of the article, for `PATCH /v1/articles/{id}`.")
    comments: domain.Comments
    moderation: domain.Moderation | None = Field(description="null: as the site's settings say.")
    approved: int = Field(description="Comments that are public.")
    pending: int = Field(description="Comments that wait for a person.")
    created_at: datetime


class ArticlesBody(BaseModel):
    """A page of articles, newest first."""

    items: list[ListedArticleBody]
    next_cursor: UUID | None


class JudgedBody(BaseModel):
    """An author about whom something is decided now."""

    id: UUID
    name: str | None
    standing: domain.Standing
    until: datetime | None


class JudgedAuthorsBody(BaseModel):
    """A page of authors."""

    items: list[JudgedBody]
    next_cursor: UUID | None


class EntryBody(BaseModel):
    """Something that a person has done."""

    id: UUID
    at: datetime
    actor: str
    action: str = Field(description="`decision`, or such as `author.standing`, `site.set`, `moderator.add`.")
    subject: str
    comment: UUID | None
    details: dict[str, object]


class TrailBody(BaseModel):
    """A page of the audit trail, newest first."""

    items: list[EntryBody]
    next_cursor: UUID | None


class DayBody(BaseModel):
    """What was decided on one day (UTC)."""

    day: date
    decided: int
    approved: int
    rejected: int
    pending: int = Field(description="Put back into the queue.")
    undone: int = Field(description="Taken back since, by anybody.")
    compared: int = Field(description="Those that teach the classifier, and had a score.")
    agreed: int = Field(description="Those of them in which the classifier was of the same mind.")


class FiguresBody(BaseModel):
    """One's own figures of the last 30 days, today included; oldest first."""

    days: list[DayBody]
    total: DayBody = Field(description="All days; `day` is the last one.")


class SettingBody(BaseModel):
    """One setting of a site."""

    value: object
    default: object
    own: bool = Field(description="Whether the site has set it itself.")
    description: str


class SettingsBody(BaseModel):
    """All settings of a site."""

    version: int = Field(description="Send it back with a change.")
    settings: dict[str, SettingBody]


class MoveBody(BaseModel):
    """How many comments have one status now and would have another one."""

    now: domain.Status
    then: domain.Status
    count: int


class OtherwiseBody(BaseModel):
    """A comment that would be decided otherwise."""

    id: UUID
    external_id: str
    text: str
    score: float | None
    now: domain.Status
    now_reason: domain.Reason
    then: domain.Status
    then_reason: domain.Reason


class PreviewBody(BaseModel):
    """What would become of the latest comments, up to 1000, if they came in again."""

    tried: int
    changed: int
    moves: list[MoveBody]
    samples: list[OtherwiseBody] = Field(description="Some of those that would be decided otherwise, newest first.")


class TriedBody(BaseModel):
    """What a text of an author who is not new would meet."""

    blocked: list[str] = Field(description="Entries of `blocked_words` that it holds.")
    suspect: list[str] = Field(description="Entries of `suspect_words` that it holds.")
    links: int = Field(description="Links to other sites.")
    status: domain.Status
    reason: domain.Reason
    score: float | None


class ConditionBody(BaseModel):
    """How the service is, seen from one site."""

    model: str | None = Field(description="null: no classifier is loaded, and a person sees every comment.")
    model_since: datetime | None
    database: str
    waiting: int = Field(description="Comments in the queue, counted up to 1000.")
    waiting_is_exact: bool
    oldest_waiting: datetime | None
    unscored: int = Field(description="Comments in the queue that no classifier has scored yet.")
    untold: int = Field(description="Events that the site's endpoints still have to be told.")
    oldest_untold: datetime | None
    given_up: int = Field(description="Events that were tried as often as promised, in the last 30 days.")
    failing: list[str] = Field(description="Tasks of the upkeep that failed when they ran last.")
    warnings: list[Trouble]
