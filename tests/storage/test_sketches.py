"""Sketches are kept beside their comments, are found by any one of their keys, and go with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, update

from moderation.clock import new_id
from moderation.domain import Reason, Sketch, Status
from moderation.storage.database import Database
from moderation.storage.sketches import Sketched
from moderation.storage.tables import articles, authors, comments, sites

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MONTH = NOW - timedelta(days=30)
HERE, ELSEWHERE = UUID(int=1), UUID(int=2)
AUTHOR = UUID(int=3)
LARGEST = Sketch((2**32 - 1,) * 24, (2**31 - 1,) * 4)


@pytest.fixture
async def database(migrated_database_url: str) -> AsyncIterator[Database]:
    database = Database(migrated_database_url)
    async with database.open_work() as work:
        for site, slug in ((HERE, "here"), (ELSEWHERE, "elsewhere")):
            await work.connection.execute(
                insert(sites),
                {
                    "id": site,
                    "slug": slug,
                    "url": "https://s.example",
                    "settings": {},
                    "revision": 0,
                    "created_at": NOW,
                },
            )
        await work.connection.execute(
            insert(articles),
            {"id": UUID(int=4), "site_id": HERE, "external_id": "a-1", "comments": "open", "created_at": NOW},
        )
        await work.connection.execute(
            insert(authors),
            {
                "id": AUTHOR,
                "site_id": HERE,
                "email_fingerprint": b"fingerprint",
                "email_sealed": b"sealed",
                "sealing_key": b"key",
                "standing": "normal",
                "created_at": NOW,
            },
        )
        await work.commit()
    yield database
    await database.close()


async def kept(database: Database, sketch: Sketch, *, at: datetime = NOW, site: UUID = HERE) -> UUID:
    """Keeps a comment of a moment and its sketch."""
    comment = new_id(at)
    row = {
        "id": comment,
        "site_id": site,
        "article_id": UUID(int=4),
        "author_id": AUTHOR,
        "external_id": str(comment),
        "thread": comment.hex,
        "author_name": "Ana",
        "text": "A remark.",
        "text_digest": b"text",
        "content_digest": b"content",
        "submitted_at": at,
        "received_at": at,
        "version": 1,
        "status": Status.APPROVED,
        "reason": Reason.CLEAN,
    }
    async with database.open_work() as work:
        await work.connection.execute(insert(comments), row)
        await work.sketches.add_all(site, [(comment, sketch)])
        await work.commit()
    return comment


async def found(database: Database, *wanted: Sketch, since: datetime = MONTH, site: UUID = HERE) -> list[Sketched]:
    async with database.open_reading() as work:
        sketched = work.sketches.known(site, wanted, since=since)
        await work.ask(sketched)
    return sketched.answer


async def test_a_sketch_is_found_as_it_was_kept_with_the_comment_as_it_stands_now(database: Database) -> None:
    comment = await kept(database, LARGEST)
    before = await found(database, LARGEST)
    async with database.open_work() as work:
        await work.connection.execute(update(comments).values(status=Status.REJECTED, reason=Reason.SPAM))
        await work.commit()

    after = await found(database, LARGEST)

    assert before == [Sketched(comment, AUTHOR, Status.APPROVED, Reason.CLEAN, comment, LARGEST)]
    assert after == [Sketched(comment, AUTHOR, Status.REJECTED, Reason.SPAM, comment, LARGEST)]


@pytest.mark.parametrize("place", range(4))
async def test_one_key_at_its_place_is_enough(database: Database, place: int) -> None:
    sketch = Sketch(tuple(range(24)), tuple(range(100, 104)))
    comment = await kept(database, sketch)
    others = [Sketch((), tuple(100 + place if at == place else 900 + at for at in range(4)))]

    assert [one.comment for one in await found(database, *others)] == [comment]


async def test_a_key_at_another_place_is_not(database: Database) -> None:
    await kept(database, Sketch(tuple(range(24)), tuple(range(100, 104))))

    assert await found(database, Sketch((), tuple(range(101, 105)))) == []


async def test_one_question_finds_for_many_and_each_once(database: Database) -> None:
    kept_ids = [await kept(database, Sketch((1,) * 24, (number,) * 4)) for number in range(5)]

    answers = await found(database, *(Sketch((), (number,) * 4) for number in (1, 3, 3, 77)))

    assert sorted(one.comment for one in answers) == [kept_ids[1], kept_ids[3]]


async def test_only_the_site_and_the_time_asked_for_count(database: Database) -> None:
    await kept(database, LARGEST, at=MONTH - timedelta(seconds=1))
    comment = await kept(database, LARGEST, at=MONTH + timedelta(seconds=1))
    await kept(database, LARGEST, site=ELSEWHERE)

    assert [one.comment for one in await found(database, LARGEST)] == [comment]


async def test_a_deleted_row_takes_its_sketch_with_it(database: Database) -> None:
    await kept(database, LARGEST)
    async with database.open_work() as work:
        await work.connection.execute(delete(comments))
        await work.commit()

    async with database.open_work() as work:
        assert await work.sketches.forget_before(NOW + timedelta(days=1), limit=10) == 0


async def test_a_sketch_is_dropped_alone(database: Database) -> None:
    gone, stays = await kept(database, LARGEST), await kept(database, LARGEST)
    async with database.open_work() as work:
        await work.sketches.drop(gone)
        await work.sketches.drop(gone)
        await work.commit()

    assert [one.comment for one in await found(database, LARGEST)] == [stays]


async def test_old_ones_are_forgotten_some_at_a_time(database: Database) -> None:
    for _ in range(3):
        await kept(database, LARGEST, at=MONTH - timedelta(hours=1))
    young = await kept(database, LARGEST, at=MONTH + timedelta(hours=1))

    async with database.open_work() as work:
        steps = [await work.sketches.forget_before(MONTH, limit=2) for _ in range(3)]
        await work.commit()

    assert steps == [2, 1, 0]
    assert [one.comment for one in await found(database, LARGEST, since=MONTH - timedelta(days=1))] == [young]
