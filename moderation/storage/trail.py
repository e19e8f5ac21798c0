"""The audit trail read back: what people have decided on comments, and what else they have done, in one order of time.

The two lie in tables of their own. Both have ids that begin with the time, so a page of each, put together, is a page
of the trail; and each is read along an index from a place on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, and_, not_, or_, select

from moderation.clock import first_id
from moderation.domain import TrailEntry, TrailFilter, TrailKind
from moderation.storage.connection import Connection
from moderation.storage.tables import audit_entries, authors, comments, decisions, moderators

Conditions = list[ColumnElement[bool]]

# What is told of an account, whichever site it is given.
_OF_ACCOUNTS = (TrailKind.ACCOUNT, TrailKind.LOGIN)


class Trail:
    """What people have done, in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(
        self, site: UUID, wanted: TrailFilter, *, accounts: Collection[str], after: UUID | None, limit: int
    ) -> list[TrailEntry]:
        """Returns what was done on a site, and what was done to these accounts and to the whole service; newest first,
        behind an entry."""
        queries: list[Select[Any]] = []
        if wanted.kind in (None, TrailKind.DECISION):
            queries.append(_decided(site, wanted))
        if wanted.kind is not TrailKind.DECISION:
            here, everywhere = audit_entries.c.site_id == site, audit_entries.c.site_id.is_(None)
            queries += [_done(wanted, [here]), _done(wanted, [everywhere, _seen(accounts)])]
        found: list[TrailEntry] = []
        for query, table in zip(queries, _tables(wanted), strict=True):
            rows = await self._connection.execute(_place(query, table, wanted, after).limit(limit))
            found += [_decision(row) if table is decisions else _entry(row) for row in rows]
        return _newest(found, limit)

    async def about(self, subject: str, action: str, *, limit: int) -> list[TrailEntry]:
        """Returns what was done with one thing, newest first."""
        query = select(audit_entries).where(audit_entries.c.subject == subject, audit_entries.c.action == action)
        rows = await self._connection.execute(query.order_by(audit_entries.c.id.desc()).limit(limit))
        return [_entry(row) for row in rows]

    async def gone(self, entries: Collection[TrailEntry]) -> frozenset[str]:
        """Returns the subjects of those entries about authors and their comments that are no longer stored. A decision
        goes with its comment, and so needs no look."""
        about = {entry.subject for entry in entries if entry.action.startswith(f"{TrailKind.AUTHOR}.")}
        ids = [key for key in map(_uuid, about) if key is not None]
        if not ids:
            return frozenset()
        there: set[str] = set()
        for table in (authors, comments):
            rows = await self._connection.execute(select(table.c.id).where(table.c.id.in_(ids)))
            there |= {str(key) for key in rows.scalars()}
        return frozenset(about - there)


def _tables(wanted: TrailFilter) -> Sequence[Table]:
    if wanted.kind is None:
        return [decisions, audit_entries, audit_entries]
    return [decisions] if wanted.kind is TrailKind.DECISION else [audit_entries, audit_entries]


def _newest(found: Iterable[TrailEntry], limit: int) -> list[TrailEntry]:
    return sorted(found, key=attrgetter("id"), reverse=True)[:limit]


def _decided(site: UUID, wanted: TrailFilter) -> Select[Any]:
    query = (
        select(decisions, moderators.c.name.label("moderator"))
        .join(moderators, moderators.c.id == decisions.c.moderator_id)
        .where(decisions.c.site_id == site, decisions.c.moderator_id.is_not(None))
    )
    if wanted.person is not None:
        # By the account first: the index of its decisions is the way to them.
        person = select(moderators.c.id).where(moderators.c.name == wanted.person).scalar_subquery()
        query = query.where(decisions.c.moderator_id == person)
    if wanted.comment is not None:
        query = query.where(decisions.c.comment_id == wanted.comment)
    return query


def _done(wanted: TrailFilter, conditions: Conditions) -> Select[Any]:
    query = select(audit_entries).where(*conditions)
    if wanted.kind is not None:
        query = query.where(_begins_with(wanted.kind))
    if wanted.person is not None:
        query = query.where(audit_entries.c.actor == wanted.person)
    if wanted.comment is not None:
        query = query.where(audit_entries.c.subject == str(wanted.comment))
    return query


def _begins_with(kind: TrailKind) -> ColumnElement[bool]:
    return or_(audit_entries.c.action == kind, audit_entries.c.action.startswith(f"{kind}.", autoescape=True))


def _seen(accounts: Collection[str]) -> ColumnElement[bool]:
    """Of accounts, only those that the reader may know."""
    of_account = or_(*map(_begins_with, _OF_ACCOUNTS))
    return or_(not_(of_account), and_(of_account, audit_entries.c.subject.in_(accounts)))


def _place(query: Select[Any], table: Table, wanted: TrailFilter, after: UUID | None) -> Select[Any]:
    if after is not None:
        query = query.where(table.c.id < after)
    if wanted.until is not None:
        query = query.where(table.c.id < first_id(wanted.until))
    if wanted.since is not None:
        query = query.where(table.c.id >= first_id(wanted.since))
    return query.order_by(table.c.id.desc())


def _decision(row: Row[*tuple[Any, ...]]) -> TrailEntry:
    said = {
        "status": row.status,
        "reason": row.reason,
        "note": row.note,
        "batch": str(row.batch_id) if row.batch_id else None,
        "undoes": str(row.undoes_id) if row.undoes_id else None,
        "version": row.version,
    }
    details = {name: value for name, value in said.items() if value is not None}
    comment = row.comment_id
    return TrailEntry(row.id, TrailKind.DECISION, row.moderator, row.decided_at, str(comment), comment, details)


def _entry(row: Row[*tuple[Any, ...]]) -> TrailEntry:
    comment = _uuid(row.subject) if row.action == "author.email" else None
    return TrailEntry(row.id, row.action, row.actor, row.occurred_at, row.subject, comment, row.details)


def _uuid(subject: str) -> UUID | None:
    try:
        return UUID(subject)
    except ValueError:
        return None
