"""Rows of a busy site, put straight into the tables: comments by the million, of which some wait for a person."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID

import psycopg

from moderation.clock import new_id
from moderation.policy import MOST_ALIKE, sketches_of

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ARTICLES = 5_000
COMMON, RARE = "common", "rarity"  # a word in every second comment, and one in every ten thousandth
LARGE, SMALL = "petition", "offer"  # how the comments of campaigns begin; the small ones have a number, too
_OF_CAMPAIGNS = 0.08  # of what is pending
_CHUNK = 10_000
_WORDS = 20_000

# Why comments wait, with their share, and the range of their scores.
_REASONS = (
    ("doubtful", 0.6, (0.3, 0.95)),
    ("new_author", 0.2, (0.0, 0.3)),
    ("suspect_word", 0.1, (0.0, 0.95)),
    ("premoderated", 0.05, (0.0, 1.0)),
    ("audit_sample", 0.049, (0.0, 0.3)),
    ("not_scored", 0.001, None),
)

_AUTHOR = ("id", "site_id", "email_fingerprint", "email_sealed", "sealing_key", "standing", "created_at")
_ARTICLE = ("id", "site_id", "external_id", "comments", "created_at")
_SKETCH = ("comment_id", "site_id", "numbers", "key_1", "key_2", "key_3", "key_4")
_COMMENT = (
    "id", "site_id", "article_id", "author_id", "external_id", "thread", "author_name", "text", "text_digest",
    "content_digest", "submitted_at", "received_at", "version", "status", "reason", "score", "model", "reports",
    "campaign",
)  # fmt: skip
_DECISION = (
    "id", "comment_id", "site_id", "version", "status", "reason", "score", "model", "decided_by", "decided_at",
)  # fmt: skip

Row = tuple[object, ...]
Put = Callable[[str, Sequence[str], Iterable[Row]], None]


@dataclass(frozen=True)
class Crowd:
    """How many there are of what."""

    site: UUID
    comments: int
    pending: int

    @property
    def authors(self) -> int:
        return max(10, self.comments // 10)


def fill(put: Put, crowd: Crowd, *, progress: Callable[[int], None]) -> UUID:
    """Puts in all rows; the same for the same numbers. Returns the id of an author with pending comments."""
    random = Random(7)
    articles, authors = _ids(random, ARTICLES), _ids(random, crowd.authors)
    put("articles", _ARTICLE, ((key, crowd.site, f"a-{n}", "open", NOW) for n, key in enumerate(articles)))
    put("authors", _AUTHOR, (_author(crowd, key, n) for n, key in enumerate(authors)))
    rows = _comments(crowd, random, articles, authors)
    waiting, remembered = authors[0], Counter[str]()
    while part := list(islice(rows, _CHUNK)):
        put("comments", _COMMENT, part)
        put("decisions", _DECISION, (_decision(row) for row in part))
        put("sketches", _SKETCH, _sketches(part, remembered))
        waiting = next((row[3] for row in part if row[13] == "pending" and isinstance(row[3], UUID)), waiting)
        progress(len(part))
    return waiting


def _ids(random: Random, count: int) -> list[UUID]:
    return [UUID(int=random.getrandbits(128), version=4) for _ in range(count)]


def _author(crowd: Crowd, key: UUID, number: int) -> Row:
    return key, crowd.site, hashlib.sha256(b"%d" % number).digest(), b"sealed", b"key", "normal", NOW


def _comments(crowd: Crowd, random: Random, articles: Sequence[UUID], authors: Sequence[UUID]) -> Iterator[Row]:
    every = crowd.comments / crowd.pending
    due, names = every / 2, dict[str, UUID]()
    for number in range(crowd.comments):
        moment = NOW - timedelta(seconds=crowd.comments - number)
        waits = number >= due
        due += every if waits else 0
        status, reason, score = _verdict(random, waits=waits)
        of_many = waits and random.random() < _OF_CAMPAIGNS
        text = _campaign(random, number) if of_many else _text(random, number)
        digest = hashlib.sha256(text.encode()).digest()
        key = new_id(moment)
        name = names.setdefault(text.split(":")[0], key) if of_many else key
        yield (
            key, crowd.site, random.choice(articles), random.choice(authors), f"c-{number}", key.hex, "Ana", text,
            digest, digest, moment, moment, 1, status, reason, score, None if score is None else "m-1",
            random.choice((0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3)) if waits else 0, None if name == key else name,
        )  # fmt: skip


def _verdict(random: Random, *, waits: bool) -> tuple[str, str, float | None]:
    if not waits:
        score = random.random()
        return ("rejected", "spam", score) if score > 0.9 else ("approved", "clean", score / 3)
    [(reason, _, scores)] = random.choices(_REASONS, [share for _, share, _ in _REASONS])
    return "pending", reason, random.uniform(*scores) if scores else None


def _text(random: Random, number: int) -> str:
    # Few words are frequent and many are rare, as in any language.
    words = [f"w{int(_WORDS ** random.random())}" for _ in range(25)]
    words += [COMMON] * (random.random() < 0.5) + [RARE] * (random.random() < 0.0001)
    return f"Number {number}: {' '.join(words)}."


def _campaign(random: Random, number: int) -> str:
    # One very large campaign, and many of a dozen or so.
    name = LARGE if random.random() < 0.5 else f"{SMALL}{random.randrange(100)}"
    words = Random(name).sample(range(_WORDS), 40)
    return f"{name}: {' '.join(f'w{word}' for word in words)} {number}."


def _sketches(part: Sequence[Row], remembered: Counter[str]) -> Iterator[Row]:
    """Returns what the service keeps: of a campaign no more than it remembers."""
    texts = [str(row[7]) for row in part]
    for row, text, sketch in zip(part, texts, sketches_of(texts), strict=True):
        name = text.split(":")[0]
        remembered[name] += name.startswith((LARGE, SMALL))
        if sketch is not None and remembered[name] <= MOST_ALIKE:
            yield row[0], row[1], struct.pack(">24I", *sketch.numbers), *sketch.keys


def _decision(row: Row) -> Row:
    key, site, moment = row[0], row[1], row[11]
    assert isinstance(moment, datetime)
    return new_id(moment), key, site, 1, row[13], row[14], row[15], row[16], "machine", moment


def into_sqlite(path: str) -> Put:
    """Returns what puts rows into an SQLite file."""

    def put(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        marks = ", ".join("?" for _ in columns)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
                (tuple(map(_plain, row)) for row in rows),
            )

    return put


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return value.hex
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def into_postgresql(connection: psycopg.Connection) -> Put:
    """Returns what puts rows into a PostgreSQL database."""

    def put(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    return put
