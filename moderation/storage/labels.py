"""Labels: what the latest decision on each comment teaches. An earlier one teaches nothing any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select, tuple_

from moderation.domain import Actor, Label, LabelledComment, Reason, Status
from moderation.storage.connection import Connection
from moderation.storage.tables import comments, decisions

Place = tuple[datetime, UUID]  # when a label was given, and the id of its decision

_STATUS_OF = {Label.HAM: Status.APPROVED, Label.SPAM: Status.REJECTED}


class Labels:
    """The labels of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def count(self, site: UUID, *, since: datetime | None = None) -> dict[Label, int]:
        """Returns how many comments of a site carry each label that was given since then."""
        query = _latest(site).with_only_columns(decisions.c.label, func.count()).group_by(decisions.c.label)
        if since is not None:
            query = query.where(decisions.c.decided_at > since)
        found = {Label(label): count for label, count in await self._connection.execute(query)}
        return {label: found.get(label, 0) for label in Label}

    async def page(
        self, site: UUID, *, after: Place | None, until: datetime, limit: int
    ) -> tuple[list[LabelledComment], Place | None]:
        """Returns labelled comments in the order in which they were labelled, and where the next page begins behind;
        None after the last one."""
        query = _latest(site).where(decisions.c.decided_at <= until)
        if after is not None:
            query = query.where(tuple_(decisions.c.decided_at, decisions.c.id) > after)
        query = query.order_by(decisions.c.decided_at, decisions.c.id).limit(limit)
        rows = (await self._connection.execute(query)).all()
        before = await self._before([row.comment_id for row in rows])
        found = [_labelled(row, before.get(row.comment_id, ())) for row in rows]
        return found, (rows[-1].decided_at, rows[-1].id) if len(rows) == limit else None

    async def _before(self, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Row[*tuple[Any, ...]]]]:
        """Returns every decision on these comments, oldest first."""
        query = (
            select(
                decisions.c.id,
                decisions.c.comment_id,
                decisions.c.version,
                decisions.c.status,
                decisions.c.reason,
                decisions.c.decided_by,
                decisions.c.label,
                decisions.c.undoes_id,
            )
            .where(decisions.c.comment_id.in_(ids))
            .order_by(decisions.c.comment_id, decisions.c.version)
        )
        found: dict[UUID, list[Row[*tuple[Any, ...]]]] = {}
        for row in (await self._connection.execute(query)).all() if ids else ():
            found.setdefault(row.comment_id, []).append(row)
        return found


_of_latest = and_(decisions.c.comment_id == comments.c.id, decisions.c.version == comments.c.version)


def _latest(site: UUID) -> Select[Any]:
    return (
        select(
            decisions.c.id,
            decisions.c.comment_id,
            decisions.c.label,
            decisions.c.reason,
            decisions.c.decided_by,
            decisions.c.moderator_id,
            decisions.c.decided_at,
            comments.c.author_id,
            comments.c.author_name,
            comments.c.author_url,
            comments.c.text,
            comments.c.received_at,
            comments.c.score,
            comments.c.model,
        )
        .join(comments, _of_latest)
        .where(decisions.c.site_id == site, decisions.c.label.is_not(None), comments.c.deleted_at.is_(None))
    )


def _labelled(row: Row[*tuple[Any, ...]], history: Sequence[Row[*tuple[Any, ...]]]) -> LabelledComment:
    label = Label(row.label)
    earlier = [past for past in history if past.id != row.id]
    taken_back = {past.undoes_id for past in history}
    machine = [past for past in earlier if past.decided_by == Actor.MACHINE]
    verdict = Status(machine[-1].status) if machine else Status.PENDING
    return LabelledComment(
        id=row.comment_id,
        author_id=row.author_id,
        author_name=row.author_name,
        author_url=row.author_url,
        text=row.text,
        label=label,
        reason=Reason(row.reason),
        decided_by=Actor(row.decided_by),
        given_by=row.moderator_id,
        received_at=row.received_at,
        decided_at=row.decided_at,
        score=row.score,
        model=row.model,
        audited=bool(machine) and machine[-1].reason == Reason.AUDIT_SAMPLE,
        overturned=verdict not in (Status.PENDING, _STATUS_OF[label]),
        disputes=sum(past.label not in (None, label) and past.id not in taken_back for past in earlier),
    )
