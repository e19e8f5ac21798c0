"""Words are found alike whichever way they are looked for, however many comments have them."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Sequence
from typing import Literal
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from moderation.domain import QueueFilter, Sort
from moderation.storage.database import Database
from moderation.storage.queue import FEW
from moderation.storage.tables import articles, authors, comments, sites
from moderation.storage.word_starts import has_words, words_of
from moderation.storage.work import Work
from tests.storage.crowd import ARTICLES, AUTHORS, NOW, SITE, a_comment, an_article, an_author

# Of each kind. Where PostgreSQL's index is asked how frequent one word is, it hands over 2000, and of two 4000.
MANY = 4100
BOTH = range(MANY - 20, MANY)

SAID = (
    *("tea", "Tea", "TEA!", "teapot", "a tea", "a\ntea", "a\ttea", "(tea)", "a_tea", "a-tea", "it’s tea", "a.tea/b"),
    *(
        "steam",
        "étea",
        "tea\u0301",
        "·tea",
        "«tea»",
        "—tea",
        "\u200btea",
        "\u00a0tea",
        "\x01tea",
        "1tea",
        "tea1",
        "🍵tea",
    ),
    *(
        "te a",
        "tèa",
        "thé",
        "THÉ",
        "чай",
        "Чай",
        "ЧАЙ",
        "茶 tea",
        "tea茶",
        "no",
        "",
        "<b>tea</b>",
        "&tea;",
        "http://tea.tea",
    ),
)
# Letters with marks: in one sign or two, or of scripts that have no signs for both together; and joined letters.
MARKED = (
    *("Übung macht", "U\u0308bung macht", "ÜBUNG MACHT", "Übungen", "Đẹp quá", "हिन्दी में लिखा", "ดีมากครับ"),
    *(
        "தமிழ் மொழி",
        "বাংলা ভাষা",
        "مُحَمَّد كتب",
        "שָׁלוֹם לכם",
        "می‌خواهم بروم",
        "한국어 댓글",
        unicodedata.normalize("NFD", "한국어 댓글"),
    ),
)
WORDS = ("tea", "TEA", "te", "t", "teapot", "tea1", "1tea", "thé", "чай", "ЧА", "茶", "a", "b", "é", "K")


@pytest.fixture
async def database(migrated_database_url: str) -> AsyncIterator[Database]:
    database = Database(migrated_database_url)
    async with database.open_work() as work:
        site = {"id": SITE, "slug": "s", "url": "https://s.example", "settings": {}, "revision": 0, "created_at": NOW}
        await work.connection.execute(insert(sites), site)
        await work.connection.execute(insert(articles), an_article(UUID(int=2), 1))
        await work.connection.execute(insert(authors), an_author(UUID(int=3), 1))
        await work.commit()
    yield database
    await database.close()


async def put_in(database: Database, texts: Sequence[str]) -> list[UUID]:
    """Stores pending comments, the oldest first; returns their ids."""
    rows = [
        a_comment(50 * place, [UUID(int=2)] * ARTICLES, [UUID(int=3)] * AUTHORS) | {"text": said}
        for place, said in enumerate(texts)
    ]
    async with database.open_work() as work:
        await work.connection.execute(insert(comments), rows)
        if work.connection.dialect.name == "postgresql":
            # As some time later: at first what is new stands in a list beside the index.
            await work.connection.execute(text("SELECT gin_clean_pending_list('ix_comments_queue_by_word')"))
        await work.connection.execute(text("ANALYZE comments"))
        await work.commit()
    return [row["id"] for row in rows]


async def found(work: Work, words: Sequence[str], *, few: bool) -> list[UUID]:
    wanted = QueueFilter(words=tuple(words))
    places = await work.queue.page(SITE, wanted, Sort.OLDEST, after=None, limit=FEW, few=few)
    return [place.id for place in places]


def _text(place: int) -> str:
    said = [
        "northern Zürich" if place < MANY else "",
        "southern" if place >= BOTH.start else "",
        "rare" * (place % 1000 == 0),
    ]
    return " ".join(["wind", *said])


async def test_few_comments_are_found_by_words_that_each_are_frequent(database: Database) -> None:
    ids = await put_in(database, [_text(place) for place in range(2 * MANY)])
    both = [ids[place] for place in BOTH]

    async with database.open_reading() as work:
        for word in ("northern", "north", "Southern", "wind"):
            assert await work.queue.count(SITE, QueueFilter(words=(word,))) == FEW + 1, word
        for words in (("northern", "southern"), ("sou", "north"), ("wind", "southern", "NORTHERN")):
            assert await work.queue.count(SITE, QueueFilter(words=words)) == len(both), words
            assert await found(work, words, few=True) == await found(work, words, few=False) == both, words
        for frequent in ("northern", "zürich"):
            rare = QueueFilter(words=(frequent, "rare"))
            assert await work.queue.count(SITE, rare) == len(ids[:MANY:1000]), frequent
            assert await found(work, rare.words, few=True) == ids[:MANY:1000], frequent
        assert await work.queue.count(SITE, QueueFilter(words=("rare", "north"))) == len(range(0, MANY, 1000))
        assert await work.queue.count(SITE, QueueFilter(words=("wind", "none"))) == 0
    # What was asked about frequent words changes nothing for the rest of a transaction.
    async with database.open_work() as work:
        if work.connection.dialect.name == "postgresql":
            await work.connection.execute(text("SET LOCAL enable_seqscan = off"))
        assert await work.queue.count(SITE, QueueFilter(words=("wind",))) == FEW + 1
        assert await work.queue.count(SITE, QueueFilter(words=("none",))) == 0
        assert await work.queue.lock_all(SITE, QueueFilter(words=("northern", "southern"))) == both
        if work.connection.dialect.name == "postgresql":
            limit = await work.connection.execute(text("SHOW gin_fuzzy_search_limit"))
            assert limit.scalar_one() == "0"


async def test_a_word_begins_where_it_does_for_the_index(database: Database) -> None:
    ids = await put_in(database, SAID)

    async with database.open_reading() as work:
        for word in WORDS:
            by_index, read = await found(work, (word,), few=True), await found(work, (word,), few=False)
            assert [SAID[ids.index(key)] for key in by_index] == [SAID[ids.index(key)] for key in read], word
        assert {SAID[ids.index(key)] for key in await found(work, ("tea",), few=False)} >= {
            said for said in SAID if said.isascii() and said.isprintable() and has_words(said, "tea")
        }


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_a_word_with_marks_is_found_however_they_are_written(
    database: Database, form: Literal["NFC", "NFD"]
) -> None:
    ids = await put_in(database, MARKED)

    async with database.open_reading() as work:
        for said in MARKED:
            same = [ids[place] for place, text in enumerate(MARKED) if _of_one_form(text) == _of_one_form(said)]
            for word in said.split():
                words = words_of(unicodedata.normalize(form, word))
                assert len(words) == 1, word
                for few in (True, False):
                    assert set(await found(work, words, few=few)) >= set(same), (word, few)
        assert await found(work, words_of("übung"), few=True) == ids[:4]


def _of_one_form(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()
