"""Sketches of the texts of the last weeks, by which nearly the same text is found again."""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, select, union

from moderation.clock import first_id
from moderation.domain import Reason, Sketch, Status
from moderation.storage.campaigns import name_of_campaign
from moderation.storage.connection import Connection
from moderation.storage.keeping import keep
from moderation.storage.questions import Lists, Prepared, Question, Rows
from moderation.storage.tables import comments, sketches

_KEYS = [column for column in sketches.c if column.name.startswith("key_")]


@dataclass(frozen=True, slots=True)
class Sketched:
    """A comment with a sketch, as it stands now."""

    comment: UUID
    author: UUID
    status: Status
    reason: Reason
    campaign: UUID
    sketch: Sketch


class Sketches:
    """The sketches of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, site: UUID, wanted: Collection[Sketch], *, since: datetime) -> Question[list[Sketched]]:
        """Asks for the site's comments received since then that share a key with one of these; each may be alike."""
        lists = {key.name: [sketch.keys[place] for sketch in wanted] for place, key in enumerate(_KEYS)}
        return Question(_known, _sketched, site=site, first=first_id(since), lists=lists)

    async def add_all(self, site: UUID, new: Sequence[tuple[UUID, Sketch]]) -> None:
        """Keeps the sketches of comments that are stored already."""
        await keep(self._connection, sketches, [_row(site, comment, sketch) for comment, sketch in new])

    async def drop(self, comment: UUID) -> None:
        """Forgets the sketch of a comment, if there is one."""
        await self._connection.execute(delete(sketches).where(sketches.c.comment_id == comment))

    async def forget_before(self, moment: datetime, *, limit: int) -> int:
        """Forgets sketches of comments that came before. Returns how many, at most `limit`."""
        old = select(sketches.c.comment_id).where(sketches.c.comment_id < first_id(moment)).limit(limit)
        return (await self._connection.execute(delete(sketches).where(sketches.c.comment_id.in_(old)))).rowcount


def _row(site: UUID, comment: UUID, sketch: Sketch) -> dict[str, object]:
    keys = {key.name: value for key, value in zip(_KEYS, sketch.keys, strict=True)}
    return {"comment_id": comment, "site_id": site, "numbers": _packed(sketch.numbers), **keys}


def _packed(numbers: Sequence[int]) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


def _unpacked(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(packed) // 4}I", packed)


@Prepared
def _known(lists: Lists) -> Select[Any]:
    # One look into the index of each key: a single condition would tempt a planner to read the table.
    looks = [lists.look_up(select(sketches.c.comment_id), key, key.name) for key in _KEYS]
    query = (
        select(sketches.c.comment_id, comments.c.author_id, comments.c.status, comments.c.reason)
        .add_columns(name_of_campaign.label("campaign"))
        .add_columns(sketches.c.numbers, *_KEYS)
        .join(comments, comments.c.id == sketches.c.comment_id)
        .where(sketches.c.site_id == bindparam("site"), sketches.c.comment_id >= bindparam("first"))
    )
    return lists.look_up_found(query, sketches.c.comment_id, union(*looks))


def _sketched(rows: Rows) -> list[Sketched]:
    return [
        Sketched(comment, author, Status(status), Reason(reason), campaign, Sketch(_unpacked(numbers), tuple(keys)))
        for comment, author, status, reason, campaign, numbers, *keys in rows
    ]
