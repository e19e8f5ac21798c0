"""What says nearly the same bears one name: that of its campaign, or where a comment has none, its own id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from moderation.domain import Campaign, Status
from moderation.storage.among import Among, in_letters, on_each
from moderation.storage.connection import Connection
from moderation.storage.tables import comments

# Of a comment: also of one that has never been like another.
name_of_campaign: ColumnElement[UUID] = func.coalesce(comments.c.campaign, comments.c.id)
_PENDING = in_letters(Status.PENDING)


class Campaigns:
    """The campaigns in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def waiting(self, ids: Collection[UUID], *, most: int) -> dict[UUID, Campaign]:
        """Returns by its name what is pending of the campaign of each of these comments: the oldest, `most` at most.
        Nothing of what no other comment has said."""
        if not ids:
            return {}
        # One less, because the comment after which a campaign is named may come on top.
        given = {"ids": list(ids), "most": most - 1, "before_last": most - 2}
        rows = await self._connection.execute(_WAITING[self._connection.dialect.name], given)
        return {row.name: found for row in rows if (found := _campaign(row, most=most)) is not None}


def named(name: UUID) -> ColumnElement[bool]:
    """Returns whether a comment bears a name: what `name_of_campaign` says, in a form that the indexes answer."""
    return or_(*named_in_parts(name))


def named_in_parts(name: UUID) -> Sequence[ColumnElement[bool]]:
    """Returns what is true of those who have been given a name, and what is true of the one whose id it is. Each is
    answered by one index alone; nobody is both."""
    return comments.c.campaign == name, and_(comments.c.id == name, comments.c.campaign.is_(None))


def _campaign(row: Any, *, most: int) -> Campaign | None:
    if row.itself is None:
        return Campaign(row.count, row.first, row.last) if row.count else None
    if not row.count:
        return Campaign(1, row.itself, row.itself)  # it waits alone, and was asked about by one of the others
    if row.count == most - 1 and row.itself > row.last:
        return Campaign(row.count, row.first, row.last)
    return Campaign(row.count + 1, min(row.first, row.itself), max(row.last, row.itself))


def _asked(among: Among) -> Subquery:
    """Returns the names of campaigns. Nearly all comments are alone, and nothing else is asked about them."""
    other = comments.alias("other")
    others = exists().where(other.c.campaign == comments.c.id, other.c.status == _PENDING)
    of_many = or_(comments.c.campaign.is_not(None), others)
    names = select(name_of_campaign.label("name")).where(among(comments.c.id, "ids"), of_many)
    return names.distinct().subquery("asked")


def _waiting(among: Among) -> Select[Any]:
    asked = _asked(among)
    member, root = comments.alias("member"), comments.alias("root")
    pending = select(member.c.id).where(member.c.campaign == asked.c.name, member.c.status == _PENDING).correlate(asked)
    oldest, newest = pending.order_by(member.c.id), pending.order_by(member.c.id.desc())
    some = oldest.limit(bindparam("most")).subquery()
    # The last of so many is stepped to, and where there are fewer, it is the newest of all.
    of_many, of_few = oldest.offset(bindparam("before_last")).limit(1), newest.limit(1)
    itself = select(root.c.id).where(root.c.id == asked.c.name, root.c.campaign.is_(None), root.c.status == _PENDING)
    return select(
        asked.c.name,
        itself.scalar_subquery().label("itself"),
        select(func.count()).select_from(some).scalar_subquery().label("count"),
        oldest.limit(1).scalar_subquery().label("first"),
        func.coalesce(of_many.scalar_subquery(), of_few.scalar_subquery()).label("last"),
    )


_WAITING = on_each(_waiting)
