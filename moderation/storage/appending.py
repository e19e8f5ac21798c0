"""Further decisions on comments: appended, and shown on the comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Update, bindparam, update

from moderation.errors import Raced
from moderation.storage.connection import Connection
from moderation.storage.keeping import keep
from moderation.storage.tables import comments, decisions

# What a comment shows of its latest decision.
_SHOWN = ("version", "status", "reason", "score", "model")
_NO_CHANGES: Mapping[str, object] = MappingProxyType({})


async def append_decisions(
    connection: Connection, rows: Sequence[dict[str, Any]], *, changes: Mapping[str, object] = _NO_CHANGES
) -> None:
    """Adds further decisions, and shows each on its comment, with what else changes there. Raises Raced if one of the
    comments was decided in the meantime."""
    if not rows:
        return
    await keep(connection, decisions, rows)
    also = {f"new_{name}": value for name, value in changes.items()}
    values = [
        {
            "comment": row["comment_id"],
            "seen": row["version"] - 1,
            **{f"new_{name}": row[name] for name in _SHOWN},
            **also,
        }
        for row in rows
    ]
    if (await connection.execute(_showing((*_SHOWN, *changes)), values)).rowcount != len(rows):
        raise Raced


@cache
def _showing(names: Sequence[str]) -> Update:
    as_seen = (comments.c.id == bindparam("comment"), comments.c.version == bindparam("seen"))
    return update(comments).where(*as_seen).values({name: bindparam(f"new_{name}") for name in names})
