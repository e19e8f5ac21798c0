"""Sites are kept at hand; what is changed is seen within half a second, and a database that is away is borne."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from moderation.domain import SitePolicy
from moderation.errors import Invalid, NotFound, StorageUnavailable, WrongUse
from moderation.storage.database import PATIENCE_SECONDS
from moderation.storage.tables import site_keys
from moderation.storage.work import Work
from moderation.wiring import House, Service
from moderation.workflows.directory import (
    FIRST_LOOK_SECONDS,
    FRESH_SECONDS,
    KNOWN_LOOK_SECONDS,
    KnownSite,
    SiteDirectory,
)
from moderation.workflows.keys import rotate
from moderation.workflows.sites import Credentials, add_site, rotate_site, set_site
from tests.fakes import FakeClock
from tests.workflows.steps import count_of


class Shop:
    """A directory with its clock, its door to the store, and a count of how often the door was opened."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.seconds = 1000.0
        self.opened = 0
        self.away = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.directory = SiteDirectory(
            open_reading=self.open_reading,
            vault=house.vault,
            defaults=house.defaults,
            now=house.now,
            seconds=lambda: self.seconds,
        )

    @asynccontextmanager
    async def open_reading(self) -> AsyncIterator[Work]:
        self.opened += 1
        await self.answers.wait()
        if self.away:
            await asyncio.sleep(0)
            self.seconds += 3  # so long it takes to give up
            raise StorageUnavailable(retry_after=2)
        async with self.house.database.open_reading() as work:
            yield work

    async def find(self, slug: str = "daily-planet") -> KnownSite:
        found = await self.directory.find(slug)
        assert found is not None
        return found

    async def rotate(self) -> Credentials:
        house = self.house
        return await rotate_site("daily-planet", open_work=house.database.open_work, vault=house.vault, now=house.now())

    async def set(self, **settings: object) -> SitePolicy:
        house = self.house
        return await set_site(
            "daily-planet",
            settings,
            open_work=house.database.open_work,
            defaults=house.defaults,
            now=house.now(),
        )


@pytest.fixture
def shop(house: House, credentials: Credentials) -> Shop:
    return Shop(house)


async def test_a_setting_is_seen_within_half_a_second(shop: Shop) -> None:
    before = await shop.find()
    await shop.set(max_links=7, blocked_words=["casino"])

    shop.seconds += FRESH_SECONDS - 0.01
    early = await shop.find()
    shop.seconds += 0.01
    later = await shop.find()

    assert FRESH_SECONDS <= 0.5
    assert [known.site.policy.max_links for known in (before, early, later)] == [3, 3, 7]
    assert later.book.policy.blocked_words == ("casino",)


async def test_a_fresh_site_is_not_asked_for_again(shop: Shop) -> None:
    await shop.find()
    opened = shop.opened

    await asyncio.gather(*(shop.find() for _ in range(20)))

    assert shop.opened == opened


async def test_twenty_who_ask_at_once_are_one_question(shop: Shop) -> None:
    await asyncio.gather(*(shop.find() for _ in range(20)))

    assert shop.opened == 1


@pytest.mark.usefixtures("star")
async def test_all_sites_are_one_question_unless_one_of_them_has_changed(shop: Shop) -> None:
    await shop.directory.all()
    shop.seconds, shop.opened = shop.seconds + 1, 0

    again = await shop.directory.all()
    opened = shop.opened
    await shop.set(max_links=7)
    shop.seconds += 1
    changed = await shop.directory.all()

    assert opened == 1
    assert [known.site.slug for known in again] == ["daily-planet", "evening-star"]
    assert [known.site.policy.max_links for known in changed] == [7, 3]


async def test_keys_of_a_rotation_are_both_good_for_a_day(
    shop: Shop, credentials: Credentials, clock: FakeClock
) -> None:
    new = await shop.rotate()
    known = await shop.find()

    assert known.live_secrets(now=clock()) == [new.webhook_secret, credentials.webhook_secret]
    assert known.takes_key(new.api_key, now=clock())
    assert known.takes_key(credentials.api_key, now=clock())

    clock.advance(hours=23.99)
    assert len(known.live_secrets(now=clock())) == 2
    clock.advance(hours=0.02)
    assert known.live_secrets(now=clock()) == [new.webhook_secret]
    assert not known.takes_key(credentials.api_key, now=clock())
    assert known.takes_key(new.api_key, now=clock())


async def test_a_third_pair_of_keys_ends_the_first(shop: Shop, credentials: Credentials, clock: FakeClock) -> None:
    second = await shop.rotate()
    clock.advance(seconds=1)
    third = await shop.rotate()

    known = await shop.find()

    assert known.live_secrets(now=clock()) == [third.webhook_secret, second.webhook_secret]
    assert not known.takes_key(credentials.api_key, now=clock())


async def test_two_rotations_at_once_leave_two_pairs_of_which_one_expires(shop: Shop) -> None:
    await asyncio.gather(*(shop.rotate() for _ in range(4)))

    known = await shop.find()

    assert sorted(pair.expires_at is None for pair in known.keys) == [False, True]


async def test_two_settings_that_are_set_at_once_are_both_set(shop: Shop) -> None:
    names = {"max_links": 9, "flood_count": 8, "min_fill_ms": 7, "flood_seconds": 6}

    await asyncio.gather(*(shop.set(**{name: value}) for name, value in names.items()))

    policy = (await shop.find()).site.policy
    assert {name: getattr(policy, name) for name in names} == names


@pytest.mark.parametrize("slug", ["unknown", "Daily-Planet", "daily planet", "", "-", "a" * 64, "../etc", "é"])
async def test_a_site_that_is_not_there_is_not_found_and_not_kept(shop: Shop, slug: str) -> None:
    assert [await shop.directory.find(slug) for _ in range(3)] == [None] * 3
    assert shop.directory._known == {}


async def test_a_site_that_is_gone_is_forgotten(shop: Shop) -> None:
    await shop.find()
    async with shop.house.database.open_work() as work:
        await work.connection.exec_driver_sql("DELETE FROM audit_entries")
        await work.connection.exec_driver_sql("DELETE FROM sites")
        await work.commit()
    shop.seconds += 1

    assert await shop.directory.find("daily-planet") is None
    assert shop.directory._known == {}


async def test_while_the_database_is_away_a_known_site_is_still_known_and_nobody_queues_for_it(shop: Shop) -> None:
    known = await shop.find()
    shop.away, shop.opened = True, 0
    shop.seconds += 1

    found = await asyncio.gather(*(shop.find() for _ in range(20)))

    assert {site.site.id for site in found} == {known.site.id}
    assert shop.opened == 1  # each try takes seconds: twenty one after the other would take a minute


async def test_while_the_database_is_away_nobody_waits_for_strangers_and_all_are_told(shop: Shop) -> None:
    shop.away = True

    answers = await asyncio.gather(
        *(shop.directory.find(slug) for slug in ["one", "two", "one", "two", "one"]), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [StorageUnavailable] * 5
    assert shop.opened == 2


async def test_while_the_database_is_frozen_a_known_site_is_found_before_it_answers(shop: Shop) -> None:
    known = await shop.find()
    await shop.set(max_links=7)
    shop.answers.clear()
    shop.seconds += 1

    async with asyncio.timeout(5):
        found = await asyncio.gather(*(shop.find() for _ in range(20)))

    assert not shop.answers.is_set()
    assert [site.site for site in found] == [known.site] * 20
    shop.answers.set()
    assert (await shop.find()).site.policy.max_links == 7  # the same look, which went on meanwhile
    assert shop.opened == 2


async def test_while_the_database_is_frozen_a_stranger_is_told_before_it_answers(shop: Shop) -> None:
    shop.answers.clear()

    with pytest.raises(StorageUnavailable):
        async with asyncio.timeout(5):
            await shop.find()

    assert not shop.answers.is_set()
    shop.answers.set()
    assert (await shop.find()).site.slug == "daily-planet"


def test_to_look_for_a_site_and_to_store_its_comment_takes_less_than_five_seconds_together() -> None:
    assert max(KNOWN_LOOK_SECONDS, FIRST_LOOK_SECONDS) + PATIENCE_SECONDS < 5


async def test_what_was_set_while_the_database_was_away_is_seen_when_it_is_back(shop: Shop) -> None:
    await shop.find()
    await shop.set(max_links=7)
    shop.away = True
    shop.seconds += 1
    assert (await shop.find()).site.policy.max_links == 3
    shop.away = False
    shop.seconds += 1

    assert (await shop.find()).site.policy.max_links == 7


async def test_a_site_that_changes_right_after_a_rotation_of_the_data_keys_is_opened_with_the_new_one(
    shop: Shop, other: Service, clock: FakeClock
) -> None:
    await shop.find()
    clock.advance(seconds=1)
    rotating = other.house  # another process: the vault of this one learns nothing of it by itself
    await rotate(
        rotating.secret_keys, open_work=rotating.database.open_work, now=clock, progress=lambda done, total: None
    )
    await shop.set(max_links=7)
    shop.seconds += 1

    known = await shop.find()

    assert known.site.policy.max_links == 7
    assert len(known.live_secrets(now=clock())) == 1


async def test_no_key_shows_when_a_known_site_is_printed(shop: Shop, credentials: Credentials) -> None:
    known = await shop.find()

    printed = repr(known) + repr(credentials) + repr(known.keys)

    assert credentials.api_key not in printed
    assert credentials.webhook_secret not in printed


@pytest.mark.parametrize(
    ("slug", "url"),
    [
        ("daily-planet", "https://planet.example.com"),  # taken
        ("Daily", "https://planet.example.com"),
        ("-daily", "https://planet.example.com"),
        ("daily-", "https://planet.example.com"),
        ("", "https://planet.example.com"),
        ("a" * 64, "https://planet.example.com"),
        ("star", "ftp://planet.example.com"),
        ("star", "planet.example.com"),
        ("star", "https://"),
        ("star", "https://[::1"),
    ],
)
async def test_a_site_that_cannot_be_is_refused_and_nothing_is_stored(shop: Shop, slug: str, url: str) -> None:
    house = shop.house

    with pytest.raises(WrongUse):
        await add_site(slug, url, open_work=house.database.open_work, vault=house.vault, now=house.now())

    assert await count_of(house.database, site_keys) == 1


async def test_settings_that_are_wrong_are_all_named_and_none_is_set(shop: Shop) -> None:
    with pytest.raises(Invalid) as caught:
        await shop.set(max_links=-1, approve_below=2, nonsense=1, flood_count=3)

    assert {error.field for error in caught.value.errors} == {"max_links", "approve_below", "nonsense"}
    assert (await shop.find()).site.policy.flood_count == 10


async def test_a_site_that_is_not_there_cannot_be_set_or_rotated(shop: Shop) -> None:
    house = shop.house

    with pytest.raises(NotFound):
        await rotate_site("unknown", open_work=house.database.open_work, vault=house.vault, now=house.now())
    with pytest.raises(NotFound):
        await set_site("unknown", {}, open_work=house.database.open_work, defaults=house.defaults, now=house.now())
