"""What is asked for every batch of comments: compiled once for each database, and then plain texts and rows.

SQLAlchemy takes some fifty microseconds to execute even a statement that it knows, and a few more for each value. For
one question that is nothing; a batch has sixteen, and thousands of values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Dialect,
    FromClause,
    LargeBinary,
    Select,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
    values,
)
from sqlalchemy.types import TypeEngine

from moderation.clock import uuid_of
from moderation.storage.connection import Connection, InOneGo, Row
from moderation.storage.keeping import Bind, bind_of
from moderation.storage.types import UtcDateTime

Answer = TypeVar("Answer")
Rows = Sequence[Row]


class Lists:
    """The lists of values in a statement: PostgreSQL takes an array, SQLite one parameter for each value."""

    def __init__(self, dialect: str, size: int) -> None:
        self._arrays = dialect == "postgresql"
        self._size = size
        self.names: list[str] = []

    def look_up(self, query: Select[Any], of: ColumnElement[Any], name: str) -> Select[Any]:
        """Returns the rows of a query in which a column is one of the values of a list."""
        self.names.append(name)
        if self._arrays:
            wanted = func.unnest(self._array(name, of.type)).table_valued(column("value", of.type))
            return _one_by_one(wanted.render_derived(name="wanted"), query, lambda row: of == row.value)
        return query.where(of.in_([bindparam(f"{name}_{place}", type_=of.type) for place in range(self._size)]))

    def look_up_found(self, query: Select[Any], of: ColumnElement[Any], found: CompoundSelect[Any]) -> Select[Any]:
        """Returns the rows of a query in which a column is a value of another query, which has one column."""
        if not self._arrays:
            return query.where(of.in_(found))
        [value] = found.subquery("wanted").c
        return _one_by_one(value.table, query, lambda row: of == row[value.name])

    def look_up_pairs(self, query: Select[Any], of: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
        """Returns the rows of a query in which two columns of bytes are values of two lists, at the same place."""
        first, second = of
        self.names += of

        def same(row: Any) -> ColumnElement[bool]:
            return and_(*(of[name] == row[name] for name in of))

        if self._arrays:
            arrays = (self._array(name, LargeBinary()) for name in of)
            wanted = func.unnest(*arrays).table_valued(*(column(name, LargeBinary) for name in of))
            return _one_by_one(wanted.render_derived(name="wanted"), query, same)
        rows: list[tuple[Any, ...]] = [
            (bindparam(f"{first}_{place}"), bindparam(f"{second}_{place}")) for place in range(self._size)
        ]
        pairs = values(column(first, LargeBinary), column(second, LargeBinary), name="rows").data(rows).cte("wanted")
        return query.join(pairs, same(pairs.c))

    @staticmethod
    def _array(name: str, of: TypeEngine[Any]) -> ColumnElement[Any]:
        # As a text, which is put together in a fraction of the time that the driver takes for a list.
        return cast(bindparam(name, type_=String), ARRAY(Text() if isinstance(of, String) else of))


def _one_by_one(wanted: FromClause, query: Select[Any], same: Callable[[Any], ColumnElement[bool]]) -> Select[Any]:
    """Returns the rows of a query for each row of a list, which PostgreSQL looks up one after the other.

    Its planner knows neither how long the list is nor, in a young database, how large the tables are, and is then
    tempted to read all of a site's comments for each batch. A limit, even one that says nothing, leaves it no choice.
    """
    found = query.where(same(wanted.c)).offset(literal_column("0")).lateral("found")
    return select(*found.c).select_from(wanted.join(found, true()))


class Prepared:
    """A statement, given as a function of its lists; their lengths are rounded up, so that there are few texts."""

    def __init__(self, build: Callable[[Lists], Select[Any]]) -> None:
        self._build = build
        self._ready: dict[tuple[str, int], _Ready] = {}

    def ready(self, dialect: Dialect, longest: int) -> _Ready:
        """Returns the text for a database and for lists up to this length."""
        # On PostgreSQL one text serves every length.
        size = 1 if dialect.name == "postgresql" else 1 << max(0, longest - 1).bit_length()
        if (dialect.name, size) not in self._ready:
            lists = Lists(dialect.name, size)
            self._ready[dialect.name, size] = _Ready(self._build(lists), lists.names, dialect, size)
        return self._ready[dialect.name, size]


class _Ready:
    """A text as the driver of one database wants it, and how it takes and gives values."""

    def __init__(self, statement: Select[Any], lists: Sequence[str], dialect: Dialect, size: int) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._size = size
        order: Sequence[str] | None = getattr(compiled, "positiontup", None)
        self._arrays = dialect.name == "postgresql"
        named = {name: bind for bind, name in compiled.bind_names.items()}
        binds = {name: bind_of(bind.type, dialect) for name, bind in named.items()}
        self._lists = {name: None if self._arrays else _plain(named[f"{name}_0"].type, dialect) for name in lists}
        listed = [f"{name}_{place}" for name in lists for place in range(size)]
        alone = {name: bind for name, bind in named.items() if name not in {*listed, *lists}}
        self._values = [(name, binds[name]) for name, bind in alone.items() if bind.required]
        self._constants = {name: _bound(binds[name], bind.value) for name, bind in alone.items() if not bind.required}
        names = [*(name for name, _ in self._values), *self._constants, *listed]
        self._in_order = _in_order(order, names) if order else None
        readers = [_reader(column.type, dialect) for column in statement.selected_columns]
        self._readers = [(place, reader) for place, reader in enumerate(readers) if reader]

    def parameters(self, values: Mapping[str, Any], lists: Mapping[str, Sequence[Any]]) -> Any:
        """Returns the parameters as the driver wants them."""
        given = [_bound(bind, values[name]) for name, bind in self._values]
        if self._in_order is None:
            named = {name: value for (name, _), value in zip(self._values, given, strict=True)}
            return self._constants | named | {name: _array_text(lists[name]) for name in self._lists}
        every = [*given, *self._constants.values()]
        for name, bind in self._lists.items():
            plain = [*map(bind, lists[name])] if bind else lists[name]
            every += plain
            # The last value fills it up; to ask for it again finds nothing new.
            every += [plain[-1]] * (self._size - len(plain))
        return self._in_order(tuple(every))

    def read(self, rows: Rows) -> Rows:
        """Returns rows of our own values."""
        if not self._readers or not rows:
            return rows
        read = [list(row) for row in rows]
        for row in read:
            for place, reader in self._readers:
                row[place] = reader(row[place])
        return [tuple(row) for row in read]


def _bound(bind: Bind, value: Any) -> Any:
    return bind(value) if bind else value


def _plain(of: TypeEngine[Any], dialect: Dialect) -> Bind:
    """Returns what makes a value of a list one that SQLite's driver takes as it is; of bytes it takes only these."""
    return bytearray if isinstance(of, LargeBinary) else bind_of(of, dialect)


def _in_order(order: Sequence[str], names: Sequence[str]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Returns what takes the values of some names and returns those of others, in their order."""
    place_of = {name: place for place, name in enumerate(names)}
    places = [place_of[name] for name in order]
    return itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))


class Question(Generic[Answer]):
    """Something to ask: a statement with its values and lists, and how the rows become an answer.

    Lists that are empty have no rows; then nothing is asked.
    """

    def __init__(
        self,
        statement: Prepared,
        read: Callable[[Rows], Answer],
        *,
        lists: Mapping[str, Sequence[Any]],
        **values: Any,
    ) -> None:
        self.statement = statement
        self.lists = lists
        self.values = values
        self._read = read
        self.answer = read([])

    @property
    def longest(self) -> int:
        """The length of the longest list."""
        return max(map(len, self.lists.values()))

    def hear(self, rows: Rows) -> None:
        """Takes the rows."""
        self.answer = self._read(rows)


async def ask(connection: Connection, *questions: Question[Any]) -> None:
    """Asks together; each question has its answer then. They see what is stored when it is their turn, in order."""
    asked = [question for question in questions if question.longest]
    readies = [question.statement.ready(connection.dialect, question.longest) for question in asked]
    texts = [
        (ready.text, ready.parameters(question.values, question.lists))
        for ready, question in zip(readies, asked, strict=True)
    ]
    if isinstance(connection, InOneGo):
        answers = connection.ask(texts)
    else:
        answers = [(await connection.exec_driver_sql(*text)).fetchall() for text in texts]
    for ready, question, rows in zip(readies, asked, answers, strict=True):
        question.hear(ready.read(rows))


async def answer_to(connection: Connection, question: Question[Answer]) -> Answer:
    """Asks one question and returns its answer."""
    await ask(connection, question)
    return question.answer


def _array_text(items: Iterable[Any]) -> str:
    """Returns an array as PostgreSQL reads it."""
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') if isinstance(item, str) else item for item in items)
    return "{" + ",".join([f'"{_array_item(item)}"' for item in quoted]) + "}"


def _array_item(item: Any) -> str:
    return f"\\\\x{item.hex()}" if isinstance(item, bytes) else str(item)


def _uuid(digits: str | None) -> UUID | None:
    return None if digits is None else uuid_of(int(digits, 16))


def _reader(of: TypeEngine[Any], dialect: Dialect) -> Bind:
    if dialect.name == "postgresql" and not isinstance(of, UtcDateTime):
        return None  # psycopg gives our values already
    if isinstance(of, Uuid):
        return _uuid
    return of.dialect_impl(dialect).result_processor(dialect, None)
