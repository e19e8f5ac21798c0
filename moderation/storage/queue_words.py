"""Words in comments. Those of pending comments are found by an index, see the revision that makes it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Uuid, and_, column, func, literal_column, or_, select, table

from moderation.storage.tables import comments

# Letter by letter as in the index of PostgreSQL, or it is not seen to fit. What is replaced ends a word here, as it
# does for SQLite: else addresses of pages and words with hyphens would be one word each.
_WORDS: ColumnElement[str] = literal_column(
    "to_tsvector('simple', translate(comments.author_name || ' ' || comments.text, '/@.:-_''’', '        '))"
)
_SIMPLE: ColumnElement[str] = literal_column("'simple'")

# SQLite's index is a table of its own. Its words are known by numbers, and the numbers by comments.
_FOUND: ColumnElement[str] = literal_column("queue_words")
_ROWS = table("queue_words", column("rowid"))
_NUMBERS = table("queue_numbers", column("number"), column("comment_id", Uuid))


def holds_words(words: Sequence[str], *, dialect: str, indexed: bool) -> ColumnElement[bool]:
    """Returns whether all words are there, each at the beginning of a word.

    What is not `indexed` is read from comment to comment, and words are found inside of others too.
    """
    if not indexed:
        return and_(*(or_(_holds("text", word), _holds("author_name", word)) for word in words))
    if dialect == "sqlite":
        wanted = " ".join(f'"{word}"*' for word in words)
        numbered = _NUMBERS.join(_ROWS, _ROWS.c.rowid == _NUMBERS.c.number)
        found = select(_NUMBERS.c.comment_id).select_from(numbered).where(_FOUND.bool_op("MATCH")(wanted))
        return comments.c.id.in_(found)
    wanted = " & ".join(f"({' | '.join(_spellings(word))})" for word in words)
    return _WORDS.bool_op("@@")(func.to_tsquery(_SIMPLE, wanted))


def _spellings(word: str) -> list[str]:
    # A database with the locale "C" knows capitals of ASCII only.
    spelled = [word] if word.isascii() else dict.fromkeys((word, word.lower(), word.capitalize(), word.upper()))
    return [f"'{spelling}':*" for spelling in spelled]


def _holds(name: str, word: str) -> ColumnElement[bool]:
    return comments.c[name].icontains(word, autoescape=True)
