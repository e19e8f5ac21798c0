"""Rows that are added by the batch: the text of an insertion is made once, and values are changed column by column.

What is null in every row is left out: each null costs a driver as much as a word does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, LargeBinary, String, Table, Text, Uuid
from sqlalchemy.types import TypeEngine

from moderation.storage.connection import Connection, InOneGo
from moderation.storage.types import UtcDateTime

Bind = Callable[[Any], Any] | None
Row = dict[str, Any]
Column = Sequence[Any]


# Rows of SQLite that go into one statement, the most first. For each statement it opens the indexes of a table, and
# makes a set of the words that a column may hold; for a table with many of both that is half of the work. Other tables
# gain less than they lose: a statement of many rows keeps a copy of each page that it changes, to take it back.
_TOGETHER = (64, 16)


async def keep(connection: Connection, table: Table, rows: Sequence[Row], *, checked: bool = False) -> None:
    """Adds rows, in order, all with the same columns. `checked`: the table has many indexes and checks."""
    if not rows:
        return
    for text, parameters in _Insertion.into(table, tuple(rows[0]), connection.dialect).of(rows, checked=checked):
        if isinstance(connection, InOneGo):
            connection.send(text, parameters)
        else:
            await connection.exec_driver_sql(text, parameters)


class _Insertion:
    """Adds rows with these columns to a table of one database."""

    def __init__(self, table: Table, names: tuple[str, ...], dialect: Dialect) -> None:
        columns = [table.c[name] for name in names]
        self._as_json = as_json = dialect.name == "postgresql"
        self._taken = itemgetter(*names)
        binds = [_as_json(c.type) if as_json else _as_sqlite(c.type, dialect, null=c.nullable) for c in columns]
        may_lack = [c.nullable and c.server_default is None for c in columns]
        self._columns = [*zip(names, binds, may_lack, strict=True)]
        self._text = cache(lambda kept, rows: _text(table, kept, dialect, rows=rows))

    @staticmethod
    @cache
    def into(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Insertion:
        """Returns the one that was made before."""
        return _Insertion(table, names, dialect)

    def of(self, rows: Sequence[Row], *, checked: bool) -> Iterator[tuple[str, Any]]:
        """Yields texts, each with its parameters as the driver wants them."""
        kept, columns = self._by_column(rows) if len(rows) > 1 else self._alone(rows[0])
        if self._as_json:
            yield self._text(kept, 1), {"rows": _json(kept, columns)}
            return
        values = [*zip(*columns, strict=True)]
        for count, part in _parts(values, _TOGETHER if checked else ()):
            yield self._text(kept, count), part if count == 1 else tuple(chain.from_iterable(part))

    def _by_column(self, rows: Sequence[Row]) -> tuple[tuple[str, ...], list[Column]]:
        """Returns the names that are kept, and their columns as the driver wants them."""
        kept: list[str] = []
        columns: list[Column] = []
        given = zip(*map(self._taken, rows), strict=True)
        for (name, bind, may_lack), values in zip(self._columns, given, strict=True):
            if not may_lack or any(value is not None for value in values):
                kept.append(name)
                columns.append(_bound(bind, values) if bind else values)
        return tuple(kept), columns

    def _alone(self, row: Row) -> tuple[tuple[str, ...], list[Column]]:
        """Does the same for one row, in a fraction of the time."""
        kept: list[str] = []
        columns: list[Column] = []
        for name, bind, may_lack in self._columns:
            value = row[name]
            if not may_lack or value is not None:
                kept.append(name)
                columns.append((bind(value) if bind else value,))
        return tuple(kept), columns


def _parts(rows: list[Any], sizes: Iterable[int]) -> Iterator[tuple[int, list[Any]]]:
    """Yields rows for statements of these sizes; and what is left, for a statement of one row."""
    begin = 0
    for size in sizes:
        while len(rows) - begin >= size:
            yield size, rows[begin : begin + size]
            begin += size
    if begin < len(rows):
        yield 1, rows[begin:]


def _bound(bind: Callable[[Any], Any], values: Column) -> Column:
    """Returns a column as the driver wants it. A batch has one site and one moment: what is one object throughout is
    changed once."""
    if values[0] is values[-1] and len({*map(id, values)}) == 1:
        return [bind(values[0])] * len(values)
    return [*map(bind, values)]


def _json(names: Sequence[str], columns: Sequence[Column]) -> str:
    return json.dumps([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)])


def _text(table: Table, names: Sequence[str], dialect: Dialect, *, rows: int) -> str:
    columns = ", ".join(names)
    if dialect.name != "postgresql":
        marks = f"({', '.join('?' for _ in names)})"
        return f"INSERT INTO {table.name} ({columns}) VALUES {', '.join([marks] * rows)}"  # noqa: S608 - our names
    # One text with one parameter, however many rows: the server takes it apart faster than the driver puts thousands of
    # values together. Strings are cut nowhere: the table checks their lengths.
    types = (f"{name} {_type_in_json(table.c[name].type, dialect)}" for name in names)
    source = f"json_to_recordset(CAST(%(rows)s AS JSON)) AS given({', '.join(types)})"
    return f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {source}"  # noqa: S608 - our own names


def _type_in_json(of: TypeEngine[Any], dialect: Dialect) -> str:
    return "TEXT" if isinstance(of, String) else of.compile(dialect=dialect)


def _as_json(of: TypeEngine[Any]) -> Bind:
    """Returns what makes a value of a column one that JSON has."""
    if isinstance(of, Uuid):
        return _digits
    if isinstance(of, UtcDateTime):
        return _moment
    return _bytes if isinstance(of, LargeBinary) else None


def _as_sqlite(of: TypeEngine[Any], dialect: Dialect, *, null: bool | None) -> Bind:
    """Returns what makes a value of a column one that the driver takes as it is: it asks around for adapters of all but
    a few types, which takes longer than to bind the value."""
    if isinstance(of, Uuid):
        return _digits
    if isinstance(of, LargeBinary):
        return _mutable
    if isinstance(of, String) and not isinstance(of, Text) and not null:
        return str.__str__  # of a member of an enumeration, its plain text
    return bind_of(of, dialect)


def _digits(value: UUID | None) -> str | None:
    return None if value is None else f"{value.int:032x}"  # in a third of the time that `str` takes


@lru_cache(maxsize=256)
def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _bytes(value: bytes | None) -> str | None:
    return None if value is None else f"\\x{value.hex()}"


def _mutable(value: bytes | None) -> bytearray | None:
    return None if value is None else bytearray(value)


def bind_of(of: TypeEngine[Any], dialect: Dialect) -> Bind:
    """Returns what makes a value of a type one of the driver's; None if it is one already."""
    return _moment_bind(dialect) if isinstance(of, UtcDateTime) else of.dialect_impl(dialect).bind_processor(dialect)


@cache
def _moment_bind(dialect: Dialect) -> Bind:
    # The moments of a batch are few, for all of its tables together, and to write one takes a few microseconds.
    bind = UtcDateTime().dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(maxsize=256)(bind) if bind else None
