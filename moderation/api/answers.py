"""What moderators are told, as JSON. The models are the schemas of `openapi.json` as well."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field

from moderation import domain

_SCORE_DIGITS = 6  # more would be digits without a meaning


class ArticleBody(BaseModel):
    """The article below which a comment stands."""

    id: str = Field(description="The site's own id.")
    url: str | None
    title: str | None


class WriterBody(BaseModel):
    """Who wrote: a pseudonym, and what they signed with."""

    id: UUID = Field(description="The pseudonym: the same for all comments of this address on this site.")
    name: str
    url: str | None


class ClaimBody(BaseModel):
    """Who looks at a comment now."""

    comment: UUID
    moderator: str
    expires_at: datetime


class GroupBody(BaseModel):
    """Pending comments that say nearly the same as one of them, that one included. To decide them together:
    `{"filter": {"like": <its id>, "up_to": <last>}, "expected": <count>}`."""

    count: int = Field(description="How many there are, counted up to 1000.")
    first: UUID = Field(description="The one that came first.")
    last: UUID = Field(description="The one that came last: `up_to` it, what comes in meanwhile changes no count.")


class ItemBody(BaseModel):
    """A comment as moderators see it."""

    id: UUID
    site: str
    external_id: str
    article: ArticleBody
    parent_id: str | None = Field(description="The site's own id of the comment that is answered.")
    author: WriterBody
    text: str = Field(description="Plain text, never markup.")
    submitted_at: datetime
    received_at: datetime
    edited_at: datetime | None
    version: int = Field(description="Grows with each decision; send it back with yours.")
    status: domain.Status
    reason: domain.Reason
    detail: str | None = Field(description="More about the reason, such as the word that was found.")
    score: float | None = Field(description="P(spam), 0 to 1; null when no classifier could score.")
    model: str | None
    reports: int = Field(description="Readers who have complained, as long as nobody has ruled since.")
    claim: ClaimBody | None = Field(description="The colleague who looks at it now.")
    group: GroupBody | None = Field(description="What is pending and says nearly the same; null when nothing does.")


class QueueBody(BaseModel):
    """A page of comments."""

    items: list[ItemBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")
    total: int = Field(description="How many comments the filter finds, counted up to 1000.")
    total_is: Literal["exact", "at_least"]


class DecisionBody(BaseModel):
    """One decision, as it was taken."""

    id: UUID
    version: int
    status: domain.Status
    reason: domain.Reason
    detail: str | None
    score: float | None
    model: str | None
    decided_by: domain.Actor
    moderator: str | None
    note: str | None
    basis: str | None = Field(description="The rule or the law, as the site was told.")
    batch: UUID | None = Field(description="Decisions that were taken together have the same.")
    undoes: UUID | None = Field(description="The decision that this one takes back.")
    decided_at: datetime


class NoteBody(BaseModel):
    """What a moderator tells colleagues."""

    id: UUID
    moderator: str
    text: str
    written_at: datetime


class ContributionBody(BaseModel):
    """What one feature adds to the logit."""

    feature: str
    spans: list[tuple[int, int]] = Field(description="Half-open ranges of code points of `text`.")
    weight: float = Field(description="Above 0 speaks for spam.")


class AuthorBody(BaseModel):
    """What a site knows of an author, by pseudonym."""

    id: UUID
    name: str | None
    standing: domain.Standing
    until: datetime | None = Field(description="When the standing ends; null: never.")
    first_seen_at: datetime
    counts: dict[domain.Status, int] = Field(description="Their comments by status.")


class BriefBody(BaseModel):
    """Another comment, in short."""

    id: UUID
    external_id: str
    author: WriterBody
    text: str
    received_at: datetime
    version: int
    status: domain.Status
    reason: domain.Reason


class HistoryBody(AuthorBody):
    """An author with the latest comments, newest first."""

    latest: list[BriefBody]


class ReportBody(BaseModel):
    """A reader's report about a comment."""

    id: UUID
    reference: str
    reason: domain.Complaint = Field(description="`illegal`: a notice under Art. 16 of the Digital Services Act.")
    text: str | None
    reporter: str | None = Field(description="A keyed pseudonym; null: nobody was named, or it is long ago.")
    reporter_right: int = Field(description="How many of this reporter's reports on the site were upheld.")
    reporter_wrong: int = Field(description="How many were dismissed.")
    has_contact: bool = Field(description="Whether an administrator can see who has sent it.")
    state: domain.Finding
    reported_at: datetime
    settled_at: datetime | None


class AppealBody(BaseModel):
    """What an author says against a rejection."""

    id: UUID
    version: int = Field(description="Of the decision that is appealed against.")
    text: str
    state: domain.AppealState
    answer: str | None = Field(description="Told to whoever has appealed, and to the site.")
    mine: bool = Field(description="You have rejected it: another moderator must decide.")
    appealed_at: datetime
    decided_at: datetime | None


class CaseBody(ItemBody):
    """A comment with all that a moderator may know."""

    decisions: list[DecisionBody] = Field(description="Oldest first.")
    notes: list[NoteBody]
    explanation: list[ContributionBody] | None = Field(
        description="Why the classifier that serves now gives `explained_score`; null without a classifier."
    )
    intercept: float | None = Field(description="Adds up with all weights to the logit of `explained_score`.")
    explained_score: float | None
    explained_model: str | None = Field(description="Differs from `model` when another version scored the comment.")
    author_history: HistoryBody
    duplicates: list[BriefBody] = Field(description="Pending comments that say nearly the same.")
    reported: list[ReportBody] = Field(description="Readers' reports, newest first.")
    appeals: list[AppealBody] = Field(description="Oldest first.")


class RuledBody(BaseModel):
    """A decision that was taken, and how the comment stands now."""

    id: UUID = Field(description="Of the decision.")
    comment: UUID
    version: int
    status: domain.Status
    reason: domain.Reason


class BatchBody(BaseModel):
    """Decisions that were taken together."""

    batch: UUID
    count: int


class UndoneBody(BaseModel):
    """A batch that was taken back."""

    batch: UUID | None = Field(description="The undoing, which can be undone as well; null when nothing was undone.")
    count: int = Field(description="Comments that are as before.")
    kept: int = Field(description="Comments that were decided again since, or deleted, and stay as they are.")
    stayed: list[UUID] = Field(description="Which these are.")


class EmailBody(BaseModel):
    """An address, for an administrator."""

    email: str


def answer(body: BaseModel, *, status: int = 200) -> web.Response:
    """Returns a body as an answer."""
    return web.Response(body=body.model_dump_json().encode(), status=status, content_type="application/json")


def rounded(score: float | None) -> float | None:
    """Returns a score with the digits that mean something."""
    return None if score is None else round(score, _SCORE_DIGITS)
