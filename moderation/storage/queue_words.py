"""Words in comments: found by the index of what is pending (see the revision that makes it), or read.

Where very many comments have a word, it is quicker to walk along an order and to read each comment's text than to
fetch all of them from the index of words. Statements are put together once for all words that are looked for in the
same way, and are given the words each time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from string import punctuation
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
    true,
)

from moderation.storage.among import unindexed
from moderation.storage.connection import Connection
from moderation.storage.tables import comments, is_pending

# Letter by letter as in the index of PostgreSQL, or it is not seen to fit. Each sign ends a word here, as it does for
# SQLite: else addresses of pages and words with hyphens would be one word each, and tags and entities none at all.
_SIGNS = punctuation + "’"
_VECTOR = "to_tsvector('simple', translate({text}, '{signs}', '{spaces}'))"


def _vector(said: str) -> ColumnElement[str]:
    signs, spaces = _SIGNS.replace("'", "''"), " " * len(_SIGNS)
    return literal_column(_VECTOR.format(text=said, signs=signs, spaces=spaces))


_INDEXED = _vector("comments.author_name || ' ' || comments.text")
_READ = _vector("comments.text || ' ' || comments.author_name")
# Of letters alone, and such as are the same in every locale.
_LETTERS = re.compile("[A-Za-z]+")
_BEFORE = re.escape(punctuation) + " \\n\\t"
_SIMPLE: ColumnElement[str] = literal_column("'simple'")

# SQLite's index is a table of its own. Its words are known by numbers, and the numbers by comments, which are pending.
_MATCHING: ColumnElement[str] = literal_column("queue_words")
_ROWS = table("queue_words", column("rowid", Integer))
# A sum has no index, and so it is the words that SQLite begins with: it would rather ask for those of each pending
# comment, one by one.
_ROW = _ROWS.c.rowid + literal_column("0")
_NUMBERS = table("queue_numbers", column("number"), column("comment_id", Uuid), column("site_id", Uuid))
_MATCH = _MATCHING.bool_op("MATCH")(bindparam("matching", type_=Text))
_MATCHED = and_(_MATCH, _NUMBERS.c.number == _ROW)
# Up to so many comments SQLite finds sooner by its index than by reading: one in ten where fifty thousand wait.
_SEVERAL = 5000


@dataclass(frozen=True, slots=True)
class Weighed:
    """How dear it is to find words: which are so frequent that others are looked up first; whether any are looked up,
    or comments are few enough to be read; and whether only their index is to be used, because the server knows nothing
    about others."""

    frequent: frozenset[str] = frozenset()
    looked_up: bool = True
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Sought:
    """How words are looked for, without the words: in how many spellings each, whether all are of plain letters, and
    whether all are looked up in the index, or some only read because others are rarer. The rest as in `Weighed`."""

    spellings: tuple[int, ...]
    plain: bool
    all_indexed: bool
    looked_up: bool
    alone: bool


def sought(words: Sequence[str], weighed: Weighed) -> Sought:
    """Returns how words are looked for."""
    plain = all(_LETTERS.fullmatch(word) for word in words)
    all_indexed = len(_rare(words, weighed.frequent)) == len(words)
    return Sought(tuple(len(_spellings(word)) for word in words), plain, all_indexed, weighed.looked_up, weighed.alone)


def parameters(words: Sequence[str], weighed: Weighed) -> dict[str, str]:
    """Returns what statements about words are given, on either database."""
    spelled = [*map(_spellings, words)]
    return {
        "matching": " AND ".join(map(_matching, words)),
        "reading": " ".join(words),
        "looking_up": _query(_rare(words, weighed.frequent)),
        "taking_apart": _query(words),
        **{_at("behind", place): f"(^|[{_BEFORE}]){word}" for place, word in enumerate(words)},
        **{_at("letters", *at): letters for at, letters in _each(spelled)},
    }


def indexed_words(*, dialect: str) -> ColumnElement[bool]:
    """Returns whether a pending comment has all words, or those that are not frequent, by the index."""
    if dialect == "sqlite":
        return and_(_NUMBERS.c.comment_id == comments.c.id, _MATCHED)
    return _has(_INDEXED, "looking_up")


def having_words(site: UUID) -> Select[tuple[UUID]]:
    """Returns the ids of the pending comments of a site that have all words, by SQLite's index alone."""
    return select(_NUMBERS.c.comment_id).where(_MATCHED, _NUMBERS.c.site_id == site)


def words_by_the_way(site: UUID, wanted: Sought, *, dialect: str) -> ColumnElement[bool]:
    """Returns whether a pending comment of a site has all words, for one comment after the other.

    SQLite looks them all up before the first one, if there are only several.
    """
    read = read_words(wanted, dialect=dialect)
    if dialect != "sqlite":
        return read
    some: Select[Any] = select(literal_column("1")).where(_MATCH).select_from(_ROWS).limit(_SEVERAL + 1)
    several = select(func.count()).select_from(some.subquery()).scalar_subquery() <= _SEVERAL
    return case((several, comments.c.id.in_(having_words(site))), else_=read)


def read_words(wanted: Sought, *, dialect: str) -> ColumnElement[bool]:
    """Returns whether a comment has all words, by reading it."""
    if dialect == "sqlite":
        said = comments.c.text + " " + comments.c.author_name
        return func.has_words(said, bindparam("reading", type_=Text)) == literal_column("1")
    # To take a text apart costs fifty times as much as to look whether it has the letters at all, and ten times as much
    # as to see that they come behind a space.
    places = range(len(wanted.spellings))
    plainly = and_(*map(_behind_a_space, places)) if wanted.plain else false()
    lettered = map(_with_letters, places, wanted.spellings)
    return and_(*lettered, or_(plainly, _has(_READ, "taking_apart")))


def _weighing() -> Select[Any]:
    # Of very many matches the index is to hand over some, picked at random.
    limit: ColumnElement[str] = bindparam("limit", type_=Text)
    begun = select(_set_limit(limit).label("limit")).subquery("begun")
    queries = func.unnest(bindparam("queries", type_=ARRAY(Text)))
    asked = queries.table_valued("query", with_ordinality="place").render_derived(name="asked")
    having: Select[Any] = (
        select(literal_column("1"))
        # The limit comes first: what is behind this waits for it. A server without statistics would take a site for a
        # few comments, and read them.
        .where(begun.c.limit.is_not(None), unindexed(comments.c.site_id == bindparam("site", type_=Uuid)))
        .where(is_pending, _INDEXED.bool_op("@@")(func.to_tsquery(_SIMPLE, asked.c.query)))
        .limit(bindparam("enough"))
        .correlate(begun, asked)
    )
    counted = select(func.count().label("count")).select_from(having.subquery("having")).lateral("counted")
    # And it is taken back when all is counted, or what follows in the same transaction would miss comments.
    places: ColumnElement[Any] = func.array_agg(asked.c.place)
    statistics = table("pg_stats", column("schemaname"), column("tablename"), column("attname"))
    has_statistics = exists().where(
        statistics.c.schemaname == func.current_schema(),
        statistics.c.tablename == literal_column("'comments'"),
        statistics.c.attname == literal_column("'site_id'"),
    )
    return (
        select(places, has_statistics, _set_limit(literal_column("'0'")))
        .select_from(begun.join(asked, true()).join(counted, true()))
        .where(counted.c.count == bindparam("enough"))
    )


def _set_limit(limit: ColumnElement[str]) -> ColumnElement[str]:
    return func.set_config(literal_column("'gin_fuzzy_search_limit'"), limit, literal_column("true"))


_WEIGHING = _weighing()


async def weigh(connection: Connection, site: UUID, words: Sequence[str], *, enough: int) -> Weighed:
    """Returns how dear words are, by PostgreSQL's index: frequent are those that so many pending comments of a site
    have or more.

    As whole words: beginnings are much dearer. Of very many matches in the index, which holds all sites, about twice as
    many as are asked for are looked at. So the answer comes soon; a word may be left out of which most are elsewhere.
    """
    queries = [_any_of(_spellings(word)) for word in words]
    given = {"queries": queries, "site": site, "enough": enough, "limit": str(2 * enough)}
    row: Any = (await connection.execute(_WEIGHING, given)).one()
    places, has_statistics, _ = row
    return Weighed(frozenset(words[place - 1] for place in places or ()), alone=not has_statistics)


def _has(vector: ColumnElement[str], name: str) -> ColumnElement[bool]:
    return vector.bool_op("@@")(func.to_tsquery(_SIMPLE, bindparam(name, type_=Text)))


def _behind_a_space(place: int) -> ColumnElement[bool]:
    """Returns whether a sign or a space of ASCII stands before a word. Behind other signs it may be a part of one."""
    said = comments.c.text + " " + comments.c.author_name
    return said.bool_op("~*")(bindparam(_at("behind", place), type_=Text))


def _with_letters(place: int, spellings: int) -> ColumnElement[bool]:
    # Not put together first, which takes as long as looking.
    said = (func.lower(comments.c.text), func.lower(comments.c.author_name))
    letters = [func.lower(bindparam(_at("letters", place, each), type_=Text)) for each in range(spellings)]
    return or_(*(func.strpos(each, spelling) > literal_column("0") for each in said for spelling in letters))


def _at(name: str, *places: int) -> str:
    return "_".join([name, *map(str, places)])


def _each(spelled: Sequence[Sequence[str]]) -> Iterable[tuple[tuple[int, int], str]]:
    for place, spellings in enumerate(spelled):
        for each, spelling in enumerate(spellings):
            yield (place, each), spelling


def _rare(words: Sequence[str], frequent: Collection[str]) -> Sequence[str]:
    """Returns the words to be looked up: those that are not frequent, or else all."""
    return [word for word in words if word not in frequent] or words


def _query(words: Sequence[str]) -> str:
    return " & ".join(f"({_any_of(_spellings(word), beginning=True)})" for word in words)


def _any_of(spellings: Sequence[str], *, beginning: bool = False) -> str:
    return " | ".join(f"'{spelling}'{':*' if beginning else ''}" for spelling in spellings)


def _matching(word: str) -> str:
    """Returns what is asked of SQLite's index, which knows all capitals."""
    any_of = " OR ".join(f'"{form}"*' for form in _forms(word))
    return f"({any_of})"


def _forms(word: str) -> list[str]:
    # Either index holds letters and their marks as they were written: in one sign, or apart.
    return [*dict.fromkeys((word, *(unicodedata.normalize(form, word) for form in ("NFC", "NFD"))))]


def _spellings(word: str) -> list[str]:
    if word.isascii():
        return [word]
    # A database with the locale "C" knows capitals of ASCII only.
    cased = (case for form in _forms(word) for case in (form, form.lower(), form.capitalize(), form.upper()))
    return [*dict.fromkeys(cased)]
