"""Comments that are decided again: after an edit, a deletion, or when a classifier is there at last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, select

from moderation.domain import (
    Actor,
    ArticleState,
    Comments,
    Decision,
    History,
    Moderation,
    Reason,
    Receipt,
    Score,
    Status,
)
from moderation.storage.among import in_letters, unindexed
from moderation.storage.appending import append_decisions
from moderation.storage.authors import standing_at
from moderation.storage.comments import decision_row
from moderation.storage.connection import Connection
from moderation.storage.tables import articles, authors, claims, comments, decisions

_waiting = comments.alias("waiting")


@dataclass(frozen=True, slots=True)
class StoredComment:
    """A comment as it stands now, with what the policy needs to judge it again."""

    id: UUID
    site_id: UUID
    external_id: str
    article_external_id: str
    article: ArticleState
    author_id: UUID
    author_name: str
    author_url: str | None
    history: History
    text: str
    version: int
    status: Status
    reason: Reason
    score: Score | None
    decided_by: Actor
    edited_at: datetime | None
    deleted_at: datetime | None
    found_before: frozenset[Reason]  # by the machine, since a person has ruled last
    article_title: str | None = None

    @property
    def receipt(self) -> Receipt:
        """What the site is told about it now."""
        return Receipt(
            self.id,
            self.external_id,
            self.status,
            self.reason,
            self.score.spam if self.score else None,
            self.score.model if self.score else None,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """A further decision on a stored comment."""

    comment: StoredComment
    decision: Decision


class Decisions:
    """The decisions of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def name_and_link(self, site: UUID, external_id: str) -> tuple[str, str | None] | None:
        """Returns how the author of a comment has signed it; None without the comment."""
        query = select(comments.c.author_name, comments.c.author_url).where(
            comments.c.site_id == site, comments.c.external_id == external_id
        )
        row = (await self._connection.execute(query)).one_or_none()
        return (row.author_name, row.author_url) if row else None

    async def lock(self, site: UUID, external_id: str, *, now: datetime) -> StoredComment | None:
        """Returns one comment and keeps others from deciding it until the transaction ends."""
        found = select(comments.c.id).where(comments.c.site_id == site, comments.c.external_id == external_id)
        comment = (await self._connection.execute(found.with_for_update())).scalar_one_or_none()
        if comment is None:
            return None
        # Read only now: PostgreSQL would join the row that it waited for with a decision that was the latest before.
        row = (await self._connection.execute(_stored().where(comments.c.id == comment))).one()
        found_before = await self._found_before([comment])
        return _comment(row, found_before[comment], now)

    async def waiting_for_score(self, *, after: UUID | None, limit: int, now: datetime) -> list[StoredComment]:
        """Returns comments that are held because no classifier was there, oldest first."""
        held = (_waiting.c.reason == in_letters(Reason.NOT_SCORED), _waiting.c.status == Status.PENDING)
        return await self._oldest(select(_waiting.c.id).where(*held), after=after, limit=limit, now=now)

    async def doubted_by_others(
        self, site: UUID, model: str, *, after: UUID | None, limit: int, now: datetime
    ) -> list[StoredComment]:
        """Returns comments that another model than this one could not decide and that nobody looks at now, oldest
        first."""
        claimed = select(claims.c.comment_id).where(claims.c.comment_id == _waiting.c.id, claims.c.expires_at > now)
        # The index of reasons is in the order of scores, and all of it would be sorted for each part: so no index is to
        # answer this.
        doubtful = unindexed(_waiting.c.reason == Reason.DOUBTFUL)
        query = (
            select(_waiting.c.id)
            .join(decisions, _latest(_waiting))
            .where(_waiting.c.site_id == site, _waiting.c.status == Status.PENDING, doubtful)
            .where(_waiting.c.model != model, _waiting.c.deleted_at.is_(None))
            .where(decisions.c.decided_by == Actor.MACHINE, ~claimed.exists())
        )
        return await self._oldest(query, after=after, limit=limit, now=now)

    async def _oldest(
        self, chosen: Select[tuple[UUID]], *, after: UUID | None, limit: int, now: datetime
    ) -> list[StoredComment]:
        """Returns the first so many of some comments behind one of them.

        The ids are chosen first: joined with the rest, all that waits would be sorted. In one statement, so that
        nothing changes in between.
        """
        if after is not None:
            chosen = chosen.where(_waiting.c.id > after)
        first = chosen.order_by(_waiting.c.id).limit(limit)
        query = _stored().where(comments.c.id.in_(first.scalar_subquery())).order_by(comments.c.id)
        rows = (await self._connection.execute(query)).all()
        found_before = await self._found_before([row.id for row in rows])
        return [_comment(row, found_before[row.id], now) for row in rows]

    async def lately(self, site: UUID, *, limit: int, now: datetime) -> list[StoredComment]:
        """Returns the latest comments of a site that are not deleted, newest first."""
        ids: list[UUID] = []
        # One status after the other: each is read along the index of status and time.
        for status in Status:
            here = (comments.c.site_id == site, comments.c.status == status, comments.c.deleted_at.is_(None))
            query = select(comments.c.id).where(*here).order_by(comments.c.id.desc()).limit(limit)
            ids += (await self._connection.execute(query)).scalars()
        newest = sorted(ids, reverse=True)[:limit]
        found = await self._found_before(newest)
        rows = await self._connection.execute(_stored().where(comments.c.id.in_(newest)))
        by_id = {row.id: _comment(row, found[row.id], now) for row in rows}
        return [by_id[key] for key in newest if key in by_id]

    async def _found_before(self, ids: Sequence[UUID]) -> Mapping[UUID, set[Reason]]:
        """Returns the reasons that the machine has given for each comment since a person has ruled last."""
        found: dict[UUID, set[Reason]] = {comment: set() for comment in ids}
        if not ids:
            return found
        people = decisions.alias("people")
        ruled_later = select(people.c.id).where(
            people.c.comment_id == decisions.c.comment_id,
            people.c.version > decisions.c.version,
            people.c.decided_by == Actor.MODERATOR,
        )
        query = select(decisions.c.comment_id, decisions.c.reason).where(
            decisions.c.comment_id.in_(ids), decisions.c.decided_by == Actor.MACHINE, ~ruled_later.exists()
        )
        for row in await self._connection.execute(query):
            found[row.comment_id].add(Reason(row.reason))
        return found

    async def lock_undecided(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Returns those verdicts whose comment is still there and as it was when it was read, and keeps others from
        deciding these comments until the transaction ends."""
        ids = [verdict.comment.id for verdict in verdicts]
        # Always in this order, so that two batches wait for each other, and not in a circle.
        query = select(comments.c.id, comments.c.version).where(comments.c.id.in_(ids)).order_by(comments.c.id)
        found = {row.id: row.version for row in await self._connection.execute(query.with_for_update())}
        return [verdict for verdict in verdicts if found.get(verdict.comment.id) == verdict.comment.version]

    async def append(self, verdict: Verdict, changes: Mapping[str, object], *, now: datetime) -> None:
        """Appends one decision and shows it on its comment, with the columns that change with it. Raises Raced if
        another one came first."""
        await append_decisions(self._connection, [_row(verdict, now)], changes=changes)

    async def append_all(self, verdicts: Sequence[Verdict], *, now: datetime) -> None:
        """Appends decisions. Raises Raced if one of the comments was decided in the meantime."""
        await append_decisions(self._connection, [_row(verdict, now) for verdict in verdicts])


def _row(verdict: Verdict, now: datetime) -> dict[str, Any]:
    comment = verdict.comment
    return decision_row(comment.site_id, comment.id, comment.version + 1, verdict.decision, now)


def _latest(of: FromClause) -> ColumnElement[bool]:
    return and_(decisions.c.comment_id == of.c.id, decisions.c.version == of.c.version)


def _stored() -> Select[*tuple[Any, ...]]:
    approved = comments.alias("approved")
    has_approved = (
        select(approved.c.id)
        .where(
            approved.c.author_id == comments.c.author_id,
            approved.c.status == Status.APPROVED,
            approved.c.id != comments.c.id,
        )
        .exists()
    )
    return (
        select(
            comments,
            articles.c.external_id.label("article_external_id"),
            articles.c.title.label("article_title"),
            articles.c.comments.label("article_comments"),
            articles.c.moderation.label("article_moderation"),
            authors.c.standing,
            authors.c.standing_until,
            decisions.c.decided_by,
            has_approved.label("has_approved"),
        )
        .join(articles, articles.c.id == comments.c.article_id)
        .join(authors, authors.c.id == comments.c.author_id)
        .join(decisions, _latest(comments))
    )


def _comment(row: Row[*tuple[Any, ...]], found_before: Iterable[Reason], now: datetime) -> StoredComment:
    standing, _ = standing_at(now, row.standing, row.standing_until)
    return StoredComment(
        id=row.id,
        site_id=row.site_id,
        external_id=row.external_id,
        article_external_id=row.article_external_id,
        article=ArticleState(
            Comments(row.article_comments), Moderation(row.article_moderation) if row.article_moderation else None
        ),
        author_id=row.author_id,
        author_name=row.author_name,
        author_url=row.author_url,
        history=History(standing, bool(row.has_approved)),
        text=row.text,
        version=row.version,
        status=Status(row.status),
        reason=Reason(row.reason),
        score=Score(row.score, row.model) if row.model else None,
        decided_by=Actor(row.decided_by),
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        found_before=frozenset(found_before),
        article_title=row.article_title,
    )
