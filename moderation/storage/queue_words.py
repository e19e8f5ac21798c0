"""Words in comments: found by the index of what is pending (see the revision that makes it), or read.

Where very many comments have a word, it is quicker to walk along an order and to read each comment's text than to
fetch all of them from the index of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import punctuation
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    case,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
)

from moderation.storage.tables import comments

# Letter by letter as in the index of PostgreSQL, or it is not seen to fit. Each sign ends a word here, as it does for
# SQLite: else addresses of pages and words with hyphens would be one word each, and tags and entities none at all.
_SIGNS = punctuation + "’"
_VECTOR = "to_tsvector('simple', translate({text}, '{signs}', '{spaces}'))"


def _vector(said: str) -> ColumnElement[str]:
    signs, spaces = _SIGNS.replace("'", "''"), " " * len(_SIGNS)
    return literal_column(_VECTOR.format(text=said, signs=signs, spaces=spaces))


_INDEXED = _vector("comments.author_name || ' ' || comments.text")
_READ = _vector("comments.text || ' ' || comments.author_name")
_SIMPLE: ColumnElement[str] = literal_column("'simple'")

# SQLite's index is a table of its own. Its words are known by numbers, and the numbers by comments, which are pending.
_MATCHING: ColumnElement[str] = literal_column("queue_words")
_ROWS = table("queue_words", column("rowid", Integer))
# A sum has no index, and so it is the words that SQLite begins with: it would rather ask for those of each pending
# comment, one by one.
_ROW = _ROWS.c.rowid + literal_column("0")
_NUMBERS = table("queue_numbers", column("number"), column("comment_id", Uuid), column("site_id", Uuid))
# So many comments are sooner found by SQLite's index than read: about one in ten where fifty thousand wait.
_SEVERAL = 5000


def indexed_words(words: Sequence[str], *, dialect: str) -> ColumnElement[bool]:
    """Returns whether a pending comment has all words, by the index."""
    if dialect == "sqlite":
        return and_(_NUMBERS.c.comment_id == comments.c.id, _numbered(words))
    return _INDEXED.bool_op("@@")(_query(words))


def having_words(site: UUID, words: Sequence[str]) -> Select[tuple[UUID]]:
    """Returns the ids of the pending comments of a site that have all words, by SQLite's index alone."""
    return select(_NUMBERS.c.comment_id).where(_numbered(words), _NUMBERS.c.site_id == site)


def words_by_the_way(site: UUID, words: Sequence[str], *, dialect: str) -> ColumnElement[bool]:
    """Returns whether a pending comment of a site has all words, for one comment after the other.

    SQLite looks them all up before the first one, if there are only several.
    """
    read = read_words(words, dialect=dialect)
    if dialect != "sqlite":
        return read
    some: Select[Any] = select(literal_column("1")).where(_matching(words)).select_from(_ROWS).limit(_SEVERAL + 1)
    several = select(func.count()).select_from(some.subquery()).scalar_subquery() <= _SEVERAL
    return case((several, comments.c.id.in_(having_words(site, words))), else_=read)


def read_words(words: Sequence[str], *, dialect: str) -> ColumnElement[bool]:
    """Returns whether a comment has all words, by reading it."""
    if dialect == "sqlite":
        said = comments.c.text + " " + comments.c.author_name
        return func.has_words(said, " ".join(words)) == literal_column("1")
    # To take a text apart costs fifty times as much as to look whether it has the letters at all.
    return and_(*map(_with_letters, words), _READ.bool_op("@@")(_query(words)))


def _numbered(words: Sequence[str]) -> ColumnElement[bool]:
    return and_(_matching(words), _NUMBERS.c.number == _ROW)


def _matching(words: Sequence[str]) -> ColumnElement[bool]:
    return _MATCHING.bool_op("MATCH")(" ".join(f'"{word}"*' for word in words))


def _with_letters(word: str) -> ColumnElement[bool]:
    said = func.lower(comments.c.text + " " + comments.c.author_name)
    return or_(*(func.strpos(said, func.lower(spelling)) > literal_column("0") for spelling in _spellings(word)))


def _query(words: Sequence[str]) -> ColumnElement[str]:
    beginnings = ((f"'{spelling}':*" for spelling in _spellings(word)) for word in words)
    return func.to_tsquery(_SIMPLE, " & ".join(f"({' | '.join(each)})" for each in beginnings))


def _spellings(word: str) -> list[str]:
    # A database with the locale "C" knows capitals of ASCII only.
    return [word] if word.isascii() else [*dict.fromkeys((word, word.lower(), word.capitalize(), word.upper()))]
