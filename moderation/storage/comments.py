"""Comments as they come in: what is known of them already, and how they are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.clock import new_id
from moderation.domain import Decision, Reason, Receipt, SealedSubmission, Status
from moderation.storage.tables import comments, decisions

Sender = TypeVar("Sender", UUID, bytes)  # an author's id, or the fingerprint of an address


@dataclass(frozen=True, slots=True)
class Remembered:
    """A comment that was submitted before: the receipt it got, and a digest of what was sent."""

    receipt: Receipt
    content_digest: bytes


@dataclass(frozen=True, slots=True)
class NewComment:
    """A comment with its first decision, ready to be kept."""

    id: UUID
    article_id: UUID
    author_id: UUID
    thread: str
    submission: SealedSubmission
    decision: Decision


class CommentStore:
    """The comments of a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, site: UUID, external_ids: Collection[str]) -> dict[str, Remembered]:
        """Returns the known ones by the site's id, each with its *first* decision."""
        first = and_(decisions.c.comment_id == comments.c.id, decisions.c.version == 1)
        query = (
            select(
                comments.c.id,
                comments.c.external_id,
                comments.c.content_digest,
                decisions.c.status,
                decisions.c.reason,
                decisions.c.score,
                decisions.c.model,
            )
            .join(decisions, first)
            .where(comments.c.site_id == site, comments.c.external_id.in_(external_ids))
        )
        return {
            row.external_id: Remembered(
                Receipt(row.id, row.external_id, Status(row.status), Reason(row.reason), row.score, row.model),
                row.content_digest,
            )
            for row in await self._connection.execute(query)
        }

    async def same_texts(self, texts: Collection[tuple[UUID, bytes]], *, since: datetime) -> set[tuple[UUID, bytes]]:
        """Returns which (author, text digest) were received since then."""
        query = select(comments.c.author_id, comments.c.text_digest).where(
            tuple_(comments.c.author_id, comments.c.text_digest).in_(texts), comments.c.received_at > since
        )
        return {(row.author_id, row.text_digest) for row in await self._connection.execute(query)}

    async def times_by_author(
        self, authors: Collection[UUID], *, since: datetime, at_least: int
    ) -> dict[UUID, list[datetime]]:
        """Returns when the comments of authors were received since then, oldest first; only of those with so many."""
        return await self._times(comments.c.author_id, authors, since, at_least)

    async def times_by_address(
        self, addresses: Collection[bytes], *, since: datetime, at_least: int
    ) -> dict[bytes, list[datetime]]:
        """Returns when the comments of addresses were received since then, oldest first; only of those with so many."""
        return await self._times(comments.c.ip_fingerprint, addresses, since, at_least)

    async def _times(
        self, sender: ColumnElement[Sender], senders: Collection[Sender], since: datetime, at_least: int
    ) -> dict[Sender, list[datetime]]:
        recent = sender.in_(senders), comments.c.received_at > since
        # Counted first: nearly always nobody has sent that many, and then there is nothing to fetch.
        crowd = select(sender).where(*recent).group_by(sender).having(func.count() >= at_least)
        busy = list((await self._connection.execute(crowd)).scalars())
        times: dict[Sender, list[datetime]] = {}
        if busy:
            query = select(sender, comments.c.received_at).where(sender.in_(busy), comments.c.received_at > since)
            for name, moment in await self._connection.execute(query.order_by(comments.c.received_at)):
                times.setdefault(name, []).append(moment)
        return times

    async def threads(self, site: UUID, external_ids: Collection[str]) -> dict[str, tuple[UUID, str]]:
        """Returns article and thread of the known ones by the site's id."""
        query = select(comments.c.external_id, comments.c.article_id, comments.c.thread).where(
            comments.c.site_id == site, comments.c.external_id.in_(external_ids)
        )
        return {row.external_id: (row.article_id, row.thread) for row in await self._connection.execute(query)}

    async def add_all(self, site: UUID, new: Sequence[NewComment], *, now: datetime) -> None:
        """Keeps comments and their first decisions. Raises Raced if one of them is known by now."""
        if not new:
            return
        # In one order everywhere, so that two instances with the same comments wait for each other, not in a circle.
        ordered = sorted(new, key=lambda comment: comment.submission.external_id)
        await self._connection.execute(insert(comments), [_comment_row(site, comment, now) for comment in ordered])
        await self._connection.execute(insert(decisions), [_first_decision(site, comment, now) for comment in ordered])

    async def forget_traces_before(self, moment: datetime, *, limit: int) -> int:
        """Forgets networks, address fingerprints and user agents of older comments. Returns of how many."""
        old = (
            select(comments.c.id)
            .where(
                comments.c.received_at < moment,
                comments.c.ip_network.is_not(None) | comments.c.user_agent.is_not(None),
            )
            .limit(limit)
        )
        statement = (
            update(comments).where(comments.c.id.in_(old)).values(ip_network=None, ip_fingerprint=None, user_agent=None)
        )
        return (await self._connection.execute(statement)).rowcount


def _comment_row(site: UUID, comment: NewComment, now: datetime) -> dict[str, object]:
    submission, decision = comment.submission, comment.decision
    return {
        "id": comment.id,
        "site_id": site,
        "article_id": comment.article_id,
        "author_id": comment.author_id,
        "external_id": submission.external_id,
        "parent_external_id": submission.parent_id,
        "thread": comment.thread,
        "author_name": submission.author_name,
        "author_url": submission.author_url,
        "text": submission.text,
        "text_digest": submission.text_digest,
        "content_digest": submission.content_digest,
        "submitted_at": submission.submitted_at or now,
        "received_at": now,
        "version": 1,
        "status": decision.status,
        "reason": decision.reason,
        "score": decision.score.spam if decision.score else None,
        "model": decision.score.model if decision.score else None,
        "ip_network": submission.address.network if submission.address else None,
        "ip_fingerprint": submission.address.fingerprint if submission.address else None,
        "user_agent": submission.user_agent,
    }


def _first_decision(site: UUID, comment: NewComment, now: datetime) -> dict[str, object]:
    return decision_row(site, comment.id, 1, comment.decision, now)


def decision_row(site: UUID, comment: UUID, version: int, decision: Decision, now: datetime) -> dict[str, object]:
    """Returns one row of the append-only decisions."""
    return {
        "id": new_id(now),
        "comment_id": comment,
        "site_id": site,
        "version": version,
        "status": decision.status,
        "reason": decision.reason,
        "detail": decision.detail,
        "score": decision.score.spam if decision.score else None,
        "model": decision.score.model if decision.score else None,
        "decided_by": decision.decided_by,
        "decided_at": now,
    }
