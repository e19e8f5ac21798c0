"""Comments as they come in: what is known of them already, and how they are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, func, select, update

from moderation.clock import new_id
from moderation.domain import Decision, Reason, Receipt, SealedSubmission, Status
from moderation.storage.connection import Connection
from moderation.storage.keeping import keep
from moderation.storage.questions import Lists, Prepared, Question, Rows
from moderation.storage.tables import authors, comments, decisions

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
    campaign: UUID | None = None


class CommentStore:
    """The comments of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, site: UUID, external_ids: Collection[str]) -> Question[dict[str, Remembered]]:
        """Asks for the known ones by the site's id, each with its *first* decision."""
        return Question(_known, _remembered, site=site, lists={"external_ids": [*external_ids]})

    def same_texts(
        self, site: UUID, texts: Collection[tuple[bytes, bytes]], *, since: datetime
    ) -> Question[set[tuple[UUID, bytes]]]:
        """Asks which (author, text digest) were received since then, for pairs of an author's fingerprint and a
        text digest."""
        fingerprints, digests = [pair[0] for pair in texts], [pair[1] for pair in texts]
        lists = {"fingerprint": fingerprints, "digest": digests}
        return Question(_same_texts, set, site=site, since=since, lists=lists)

    def times_by_author(
        self, site: UUID, fingerprints: Collection[bytes], *, since: datetime, at_least: int
    ) -> Question[dict[UUID, list[datetime]]]:
        """Asks when the comments of authors were received since then, oldest first; only of those with so many."""
        lists = {"fingerprints": [*fingerprints]}
        return Question(_times_by_author, _times, site=site, since=since, at_least=at_least, lists=lists)

    def times_by_address(
        self, addresses: Collection[bytes], *, since: datetime, at_least: int
    ) -> Question[dict[bytes, list[datetime]]]:
        """Asks when the comments of addresses were received since then, oldest first; only of those with so many."""
        lists = {"addresses": [*addresses]}
        return Question(_times_by_address, _times, since=since, at_least=at_least, lists=lists)

    def threads(self, site: UUID, external_ids: Collection[str]) -> Question[dict[str, tuple[UUID, str]]]:
        """Asks for article and thread of the known ones by the site's id."""
        return Question(_threads, _thread_by_id, site=site, lists={"external_ids": [*external_ids]})

    async def add_all(self, site: UUID, new: Sequence[NewComment], *, now: datetime) -> None:
        """Keeps comments and their first decisions. Raises Raced if one of them is known by now."""
        # In one order everywhere, so that two instances with the same comments wait for each other, not in a circle.
        ordered = sorted(new, key=lambda comment: comment.submission.external_id)
        rows = [_comment_row(site, comment, now) for comment in ordered]
        await keep(self._connection, comments, rows, checked=True)
        await keep(
            self._connection, decisions, [_first_decision(site, comment, now) for comment in ordered], checked=True
        )

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
        "campaign": comment.campaign,
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


@Prepared
def _known(lists: Lists) -> Select[Any]:
    first = and_(decisions.c.comment_id == comments.c.id, decisions.c.version == 1)
    query = (
        select(
            comments.c.external_id,
            comments.c.content_digest,
            comments.c.id,
            decisions.c.status,
            decisions.c.reason,
            decisions.c.score,
            decisions.c.model,
        )
        .join(decisions, first)
        .where(comments.c.site_id == bindparam("site"))
    )
    return lists.look_up(query, comments.c.external_id, "external_ids")


def _remembered(rows: Rows) -> dict[str, Remembered]:
    return {
        external_id: Remembered(Receipt(comment, external_id, Status(status), Reason(reason), score, model), digest)
        for external_id, digest, comment, status, reason, score, model in rows
    }


@Prepared
def _threads(lists: Lists) -> Select[Any]:
    query = select(comments.c.external_id, comments.c.article_id, comments.c.thread)
    return lists.look_up(query.where(comments.c.site_id == bindparam("site")), comments.c.external_id, "external_ids")


def _thread_by_id(rows: Rows) -> dict[str, tuple[UUID, str]]:
    return {external_id: (article, thread) for external_id, article, thread in rows}


@Prepared
def _same_texts(lists: Lists) -> Select[Any]:
    query = (
        select(comments.c.author_id, comments.c.text_digest)
        .join(authors, authors.c.id == comments.c.author_id)
        .where(authors.c.site_id == bindparam("site"), comments.c.received_at > bindparam("since"))
    )
    return lists.look_up_pairs(query, {"fingerprint": authors.c.email_fingerprint, "digest": comments.c.text_digest})


@Prepared
def _times_by_author(lists: Lists) -> Select[Any]:
    ours = select(comments.c.author_id).join(authors, authors.c.id == comments.c.author_id)
    recent = ours.where(authors.c.site_id == bindparam("site"), _recent(comments))
    return _times_of(comments.c.author_id, lists.look_up(recent, authors.c.email_fingerprint, "fingerprints"))


@Prepared
def _times_by_address(lists: Lists) -> Select[Any]:
    address = comments.c.ip_fingerprint
    return _times_of(address, lists.look_up(select(address).where(_recent(comments)), address, "addresses"))


def _times_of(sender: ColumnElement[Any], recent: Select[Any]) -> Select[Any]:
    # Counted first: nearly always nobody has sent that many, and then there is nothing to fetch.
    [name] = recent.subquery("recent").c
    crowd = select(name).group_by(name).having(func.count() >= bindparam("at_least")).subquery("crowd")
    sent = comments.alias("sent")
    again = sent.c[sender.name] == crowd.c[sender.name]
    return (
        select(sent.c[sender.name], sent.c.received_at)
        .select_from(crowd.join(sent, and_(again, _recent(sent))))
        .order_by(sent.c.received_at)
    )


def _recent(of: FromClause) -> ColumnElement[bool]:
    return of.c.received_at > bindparam("since")


def _times(rows: Rows) -> dict[Sender, list[datetime]]:
    times: dict[Sender, list[datetime]] = {}
    for sender, moment in rows:
        times.setdefault(sender, []).append(moment)
    return times
