"""What authors say against rejections, and what another person has found."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, insert, select, update

from moderation.domain import Appeal, AppealState
from moderation.storage.connection import Connection
from moderation.storage.tables import appeals, comments, decisions


class Appeals:
    """The appeals of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, key: UUID, site: UUID, comment: UUID, version: int, text: str, *, now: datetime) -> None:
        """Keeps an appeal. Raises Raced if this rejection was appealed against already."""
        row = {
            "id": key,
            "site_id": site,
            "comment_id": comment,
            "version": version,
            "text": text,
            "state": AppealState.OPEN,
            "appealed_at": now,
        }
        await self._connection.execute(insert(appeals), row)

    async def find(self, comment: UUID, version: int) -> Appeal | None:
        """Returns the appeal against a rejection."""
        query = _appeals().where(appeals.c.comment_id == comment, appeals.c.version == version)
        row = (await self._connection.execute(query)).one_or_none()
        return _appeal(row) if row else None

    async def named(self, key: UUID, sites: Collection[UUID]) -> Appeal | None:
        """Returns an appeal of one of these sites."""
        query = _appeals().where(appeals.c.id == key, appeals.c.site_id.in_(sites))
        row = (await self._connection.execute(query)).one_or_none()
        return _appeal(row) if row else None

    async def about(self, comment: UUID) -> list[Appeal]:
        """Returns the appeals about a comment, oldest first."""
        query = _appeals().where(appeals.c.comment_id == comment).order_by(appeals.c.id)
        return [_appeal(row) for row in await self._connection.execute(query)]

    async def open_on(self, ids: Collection[UUID]) -> dict[UUID, Appeal]:
        """Returns the open appeals about comments, by comment; of several the latest."""
        here = (appeals.c.comment_id.in_(ids), appeals.c.state == AppealState.OPEN)
        rows = await self._connection.execute(_appeals().where(*here).order_by(appeals.c.id))
        return {row.comment_id: _appeal(row) for row in rows}

    async def page(
        self, sites: Collection[UUID], state: AppealState | None, *, after: UUID | None, limit: int
    ) -> list[Appeal]:
        """Returns appeals about comments that are still there: open ones oldest first, else the newest first."""
        waiting = state is AppealState.OPEN
        conditions: list[ColumnElement[bool]] = [appeals.c.site_id.in_(sites), comments.c.deleted_at.is_(None)]
        conditions += [] if state is None else [appeals.c.state == state]
        conditions += [] if after is None else [appeals.c.id > after if waiting else appeals.c.id < after]
        query = _appeals().join(comments, comments.c.id == appeals.c.comment_id).where(*conditions)
        order = appeals.c.id if waiting else appeals.c.id.desc()
        return [_appeal(row) for row in await self._connection.execute(query.order_by(order).limit(limit))]

    async def decide(
        self, comment: UUID, state: AppealState, decision: UUID, *, answer: str | None, now: datetime
    ) -> None:
        """Notes what was found on the open appeals about a comment, which must be locked."""
        here = (appeals.c.comment_id == comment, appeals.c.state == AppealState.OPEN)
        values = {"state": state, "decision_id": decision, "answer": answer, "decided_at": now}
        await self._connection.execute(update(appeals).where(*here).values(values))

    async def reopen(self, taken_back: Collection[UUID]) -> None:
        """Opens again what was decided by decisions that are taken back."""
        values = {"state": AppealState.OPEN, "decision_id": None, "answer": None, "decided_at": None}
        await self._connection.execute(update(appeals).where(appeals.c.decision_id.in_(taken_back)).values(values))

    async def has_decided(self, decision: UUID) -> bool:
        """Tells whether a decision was taken on an appeal: then there is no further one."""
        query = select(exists().where(appeals.c.decision_id == decision))
        return bool((await self._connection.execute(query)).scalar_one())


def _appeals() -> Select[Any]:
    against = and_(decisions.c.comment_id == appeals.c.comment_id, decisions.c.version == appeals.c.version)
    return select(appeals, decisions.c.moderator_id.label("first")).outerjoin(decisions, against)


def _appeal(row: Row[*tuple[Any, ...]]) -> Appeal:
    return Appeal(
        id=row.id,
        site_id=row.site_id,
        comment_id=row.comment_id,
        version=row.version,
        text=row.text,
        state=AppealState(row.state),
        answer=row.answer,
        first=row.first,
        appealed_at=row.appealed_at,
        decided_at=row.decided_at,
    )
