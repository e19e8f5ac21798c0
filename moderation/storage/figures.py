"""Figures: what a person has decided day by day, and what waits on a site."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, func, select

from moderation.clock import first_id
from moderation.domain import Backlog, DayOfRulings, Label, Reason, Status
from moderation.storage.connection import Connection
from moderation.storage.orders import EVEN
from moderation.storage.queue import FEW
from moderation.storage.tables import comments, decisions, is_pending


class Figures:
    """What is counted for people, in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def days_of(self, moderator: UUID, site: UUID, *, since: datetime) -> list[DayOfRulings]:
        """Returns the days since then on which somebody has decided anything on a site, in order."""
        day = _day_of(decisions.c.decided_at, self._connection.dialect.name).label("day")
        undoing = decisions.alias("undoing")
        # Only the latest decision on a comment can be taken back, so what takes it back has the next version.
        next_one = and_(undoing.c.comment_id == decisions.c.comment_id, undoing.c.version == decisions.c.version + 1)
        query = (
            select(day, *_counted(undoing.c.undoes_id == decisions.c.id))
            .outerjoin(undoing, next_one)
            .where(
                decisions.c.moderator_id == moderator,
                decisions.c.site_id == site,
                decisions.c.id >= first_id(since),
                decisions.c.undoes_id.is_(None),
            )
            .group_by(day)
            .order_by(day)
        )
        return [_day(row) for row in await self._connection.execute(query)]

    async def backlog(self, site: UUID) -> Backlog:
        """Returns what waits on a site."""
        here = (comments.c.site_id == site, is_pending)
        some = select(comments.c.id).where(*here).limit(FEW + 1).subquery()
        waiting = (await self._connection.execute(select(func.count()).select_from(some))).scalar_one()
        unscored = select(comments.c.id).where(*here, comments.c.reason == Reason.NOT_SCORED).limit(FEW).subquery()
        oldest = select(comments.c.received_at).where(*here).order_by(comments.c.id).limit(1)
        return Backlog(
            waiting=min(waiting, FEW),
            exact=waiting <= FEW,
            oldest=(await self._connection.execute(oldest)).scalar_one_or_none(),
            unscored=(await self._connection.execute(select(func.count()).select_from(unscored))).scalar_one(),
        )


def _day_of(moment: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    # A session of PostgreSQL has a time zone of its own.
    return func.date(moment) if dialect == "sqlite" else func.date(func.timezone("UTC", moment))


def _counted(undone: ColumnElement[bool]) -> list[ColumnElement[int]]:
    spam = decisions.c.label == Label.SPAM
    compared = and_(decisions.c.label.is_not(None), decisions.c.score.is_not(None))
    agreed = and_(compared, (decisions.c.score >= EVEN) == spam)
    conditions = {
        **{status.value: decisions.c.status == status for status in Status},
        "undone": undone,
        "compared": compared,
        "agreed": agreed,
    }
    return [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in conditions.items()]


def _day(row: Row[*tuple[Any, ...]]) -> DayOfRulings:
    day = row.day if isinstance(row.day, date) else date.fromisoformat(row.day)
    return DayOfRulings(day, row.approved, row.rejected, row.pending, row.undone, row.compared, row.agreed)
