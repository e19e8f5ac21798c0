"""The first start makes a site and an administrator, or nothing at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from sqlalchemy import select

from moderation.domain import Role
from moderation.errors import StorageUnavailable
from moderation.privacy import access_key_digest
from moderation.storage.tables import audit_entries
from moderation.storage.work import Work
from moderation.wiring import House
from moderation.workflows.first_start import NoModerator, Welcome, first_start
from moderation.workflows.moderators import add_moderator
from moderation.workflows.sites import add_site

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]


async def begun(house: House, open_work: OpenWork | None = None) -> Welcome | NoModerator | None:
    """What a service does when it starts."""
    return await first_start(open_work=open_work or house.database.open_work, vault=house.vault, now=house.now())


def ends_after(house: House, transactions: int) -> OpenWork:
    """The database of a process that ends before it can begin one more transaction than these."""
    left = iter(range(transactions))

    @asynccontextmanager
    async def open_work() -> AsyncIterator[Work]:
        if next(left, None) is None:
            raise StorageUnavailable(retry_after=1)
        async with house.database.open_work() as work:
            yield work

    return open_work


@pytest.mark.parametrize("transactions", [0, 1, 2, 3])
async def test_a_first_start_that_ends_halfway_has_made_nothing(house: House, transactions: int) -> None:
    try:
        shown = await begun(house, ends_after(house, transactions))
    except StorageUnavailable:
        shown = await begun(house)

    assert isinstance(shown, Welcome)
    async with house.database.open_reading() as work:
        assert [site.slug for site in await work.sites.all()] == [shown.site.site]
        assert await work.logins.find_link(access_key_digest(shown.link_key), now=house.now())


async def test_the_audit_trail_says_that_nobody_asked_for_it(house: House) -> None:
    await begun(house)

    async with house.database.open_reading() as work:
        rows = (await work.connection.execute(select(audit_entries))).all()
    assert sorted((row.action, row.actor) for row in rows) == [
        ("site.add", "first start"),
    ]


async def test_a_site_without_any_account_is_noticed(house: House) -> None:
    open_work, now = house.database.open_work, house.now()
    await add_site("daily-planet", "https://planet.example", open_work=open_work, vault=house.vault, now=now)

    found = await begun(house)
    assert isinstance(found, NoModerator)
    assert found.site == "daily-planet"

    await add_moderator("ana", Role.MODERATOR, [], password=None, open_work=open_work, now=now)
    assert await begun(house) is None
