"""What the tables refuse, whoever comes through the database."""

from __future__ import annotations

import pytest
from sqlalchemy import PrimaryKeyConstraint, Table, TextClause, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError

from moderation.storage.tables import audit_entries, metadata
from moderation.wiring import House, Service
from moderation.workflows.directory import KnownSite
from tests.makers import an_arrival


@pytest.mark.parametrize(
    "statement",
    ["UPDATE decisions SET reason = 'clean'", "UPDATE audit_entries SET actor = 'nobody'"],
)
async def test_what_is_decided_and_what_was_done_cannot_be_rewritten(
    service: Service, known: KnownSite, statement: str
) -> None:
    await service.submissions.put((known, an_arrival()))

    with pytest.raises(DBAPIError, match="append-only"):
        async with service.house.database.open_work() as work:
            await work.connection.execute(text(statement))


@pytest.mark.parametrize(
    "change",
    [
        text("UPDATE comments SET status = 'public'"),
        text("UPDATE comments SET score = 1.5"),
        text("UPDATE comments SET score = -0.1"),
        text("UPDATE comments SET model = NULL"),
        text("UPDATE articles SET comments = 'ajar'"),
        text("UPDATE articles SET moderation = 'post'"),
        text("UPDATE authors SET standing = 'loved'"),
        text("UPDATE data_keys SET purpose = 'other'"),
    ],
    ids=str,
)
async def test_a_word_or_number_that_means_nothing_is_refused(
    service: Service, known: KnownSite, change: TextClause
) -> None:
    await service.submissions.put((known, an_arrival()))

    with pytest.raises(DBAPIError, match=r"(?i)check constraint"):
        async with service.house.database.open_work() as work:
            await work.connection.execute(change)


async def test_details_of_the_audit_trail_come_back_as_they_went_in(house: House) -> None:
    details = {"words": ["ärger", "злость"], "count": 3, "share": 0.25, "none": None}
    async with house.database.open_work() as work:
        await work.audit.add("site.set", "daily-planet", now=house.now(), details=details)
        await work.commit()

    async with house.database.open_reading() as work:
        stored = (await work.connection.execute(audit_entries.select())).one()

    assert (stored.details, stored.occurred_at) == (details, house.now())


async def test_a_decision_of_a_moderator_names_one(service: Service, known: KnownSite) -> None:
    await service.submissions.put((known, an_arrival()))

    copied = text(
        "INSERT INTO decisions (id, comment_id, site_id, version, status, reason, decided_by, decided_at) "
        "SELECT site_id, comment_id, site_id, 2, status, reason, 'moderator', decided_at FROM decisions"
    )
    with pytest.raises(DBAPIError, match=r"(?i)check constraint"):
        async with service.house.database.open_work() as work:
            await work.connection.execute(copied)


# What can be erased: each row that goes is looked for in every table that names it.
ERASED = {"articles", "authors", "comments", "decisions"}


def begins_of_indexes(table: Table) -> set[str]:
    keys = [each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)]
    return {next(iter(each.columns)).name for each in [*table.indexes, *keys] if len(each.columns)}


def test_what_names_a_row_that_can_be_erased_is_found_by_an_index() -> None:
    named = {
        (table.name, key.parent.name)
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ERASED and key.parent.name not in begins_of_indexes(table)
    }

    assert named == set()
