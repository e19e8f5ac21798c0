"""What people decide: appended behind the machine's decisions, shown on the comments, and found again to be undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select

from moderation.domain import Actor, Decision, Label, PastDecision, Reason, Receipt, Score, Status
from moderation.storage.among import unindexed
from moderation.storage.appending import append_decisions
from moderation.storage.comments import decision_row
from moderation.storage.connection import Connection
from moderation.storage.tables import articles, comments, decisions, moderators


@dataclass(frozen=True, slots=True)
class LockedComment:
    """A comment that nobody else decides until the transaction ends."""

    id: UUID
    site_id: UUID
    external_id: str
    article: str
    version: int
    status: Status
    reason: Reason
    score: Score | None
    deleted: bool
    article_title: str | None = None

    @property
    def receipt(self) -> Receipt:
        """What the site is told about it."""
        spam, model = (self.score.spam, self.score.model) if self.score else (None, None)
        return Receipt(self.id, self.external_id, self.status, self.reason, spam, model)


@dataclass(frozen=True, slots=True)
class NewRuling:
    """One decision of a person, ready to be kept."""

    comment: LockedComment
    decision: Decision
    moderator: UUID
    label: Label | None = None
    note: str | None = None
    batch_id: UUID | None = None
    undoes_id: UUID | None = None
    basis: str | None = None
    answer: str | None = None
    # Reports up to then are settled by it; None: all that there are.
    hears_until: datetime | None = None

    @property
    def receipt(self) -> Receipt:
        """What the site is told about the comment after it."""
        decision = self.decision
        return replace(self.comment, status=decision.status, reason=decision.reason, score=decision.score).receipt


class Rulings:
    """The decisions of people in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, ids: Collection[UUID], sites: Collection[UUID]) -> list[LockedComment]:
        """Returns those of the comments that are of these sites, by id, and keeps others from deciding them."""
        ours = (comments.c.id.in_(ids), unindexed(comments.c.site_id.in_(sites)))
        # Always in this order, so that two batches wait for each other, and not in a circle.
        await self._connection.execute(select(comments.c.id).where(*ours).order_by(comments.c.id).with_for_update())
        query = _locked().where(*ours).order_by(comments.c.id)
        return [_comment(row) for row in await self._connection.execute(query)]

    async def peek(self, comment: UUID, sites: Collection[UUID]) -> LockedComment | None:
        """Returns a comment of one of these sites as it stands, without a lock."""
        query = _locked().where(comments.c.id == comment, comments.c.site_id.in_(sites))
        row = (await self._connection.execute(query)).one_or_none()
        return _comment(row) if row else None

    async def append_all(self, new: Sequence[NewRuling], *, now: datetime) -> list[UUID]:
        """Appends decisions on comments that are locked, and shows them there. Returns their ids."""
        rows = [_row(ruling, now) for ruling in new]
        await append_decisions(self._connection, rows)
        return [row["id"] for row in rows]

    async def history(self, comment: UUID) -> list[PastDecision]:
        """Returns every decision on a comment, oldest first."""
        query = past_decisions().where(decisions.c.comment_id == comment).order_by(decisions.c.version)
        return [past_decision(row) for row in await self._connection.execute(query)]

    async def find(self, decision: UUID, sites: Collection[UUID]) -> PastDecision | None:
        """Returns a decision on a comment of one of these sites."""
        query = past_decisions().where(decisions.c.id == decision, decisions.c.site_id.in_(sites))
        row = (await self._connection.execute(query)).one_or_none()
        return past_decision(row) if row else None

    async def of_batch(self, batch: UUID, sites: Collection[UUID]) -> list[PastDecision]:
        """Returns the decisions that were taken together, on comments of these sites."""
        query = past_decisions().where(decisions.c.batch_id == batch, decisions.c.site_id.in_(sites))
        return [past_decision(row) for row in await self._connection.execute(query)]

    async def latest_of(self, ids: Collection[UUID]) -> dict[UUID, PastDecision]:
        """Returns the latest decision on each of these comments."""
        query = (
            past_decisions()
            .join(comments, comments.c.id == decisions.c.comment_id)
            .where(comments.c.id.in_(ids), decisions.c.version == comments.c.version)
        )
        return {row.comment_id: past_decision(row) for row in await self._connection.execute(query)}

    async def before(self, undone: Collection[UUID]) -> dict[UUID, PastDecision]:
        """Returns, by the id of each decision, the one that it replaced."""
        earlier = decisions.alias("earlier")
        replaced = (earlier.c.comment_id == decisions.c.comment_id) & (earlier.c.version == decisions.c.version - 1)
        pairs = (
            select(decisions.c.id, earlier.c.id.label("earlier_id"))
            .join(earlier, replaced)
            .where(decisions.c.id.in_(undone))
        )
        earlier_of = {row.id: row.earlier_id for row in await self._connection.execute(pairs)}
        query = past_decisions().where(decisions.c.id.in_(earlier_of.values()))
        found = {row.id: past_decision(row) for row in await self._connection.execute(query)}
        return {key: found[value] for key, value in earlier_of.items()}


def _row(ruling: NewRuling, now: datetime) -> dict[str, Any]:
    comment = ruling.comment
    return {
        **decision_row(comment.site_id, comment.id, comment.version + 1, ruling.decision, now),
        "moderator_id": ruling.moderator,
        "label": ruling.label,
        "note": ruling.note,
        "batch_id": ruling.batch_id,
        "undoes_id": ruling.undoes_id,
        "basis": ruling.basis,
    }


def _locked() -> Select[Any]:
    return select(
        comments.c.id,
        comments.c.site_id,
        comments.c.external_id,
        articles.c.external_id.label("article"),
        articles.c.title.label("article_title"),
        comments.c.version,
        comments.c.status,
        comments.c.reason,
        comments.c.score,
        comments.c.model,
        comments.c.deleted_at,
    ).join(articles, articles.c.id == comments.c.article_id)


def _comment(row: Row[*tuple[Any, ...]]) -> LockedComment:
    return LockedComment(
        row.id,
        row.site_id,
        row.external_id,
        row.article,
        row.version,
        Status(row.status),
        Reason(row.reason),
        Score(row.score, row.model) if row.model else None,
        deleted=row.deleted_at is not None,
        article_title=row.article_title,
    )


def past_decisions() -> Select[Any]:
    """Returns the query of all decisions, each with the name of the person."""
    person = moderators.c.id == decisions.c.moderator_id
    return select(decisions, moderators.c.name.label("moderator")).outerjoin(moderators, person)


def past_decision(row: Row[*tuple[Any, ...]]) -> PastDecision:
    """Returns a row of `past_decisions` as a decision."""
    return PastDecision(
        id=row.id,
        comment_id=row.comment_id,
        version=row.version,
        status=Status(row.status),
        reason=Reason(row.reason),
        detail=row.detail,
        score=row.score,
        model=row.model,
        decided_by=Actor(row.decided_by),
        moderator=row.moderator,
        label=Label(row.label) if row.label else None,
        note=row.note,
        batch_id=row.batch_id,
        undoes_id=row.undoes_id,
        decided_at=row.decided_at,
        basis=row.basis,
    )
