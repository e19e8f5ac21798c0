"""The vault's keys are made once, replaced while comments come in, and removed only when nothing needs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from moderation import metrics
from moderation.domain import Role, Score, SealedEmail, Writing
from moderation.errors import BadKeys
from moderation.privacy import DataKey, Purpose, SecretKeys, sealed_with
from moderation.settings import Settings
from moderation.storage.database import Database
from moderation.storage.tables import authors, comments, data_keys
from moderation.wiring import House, Service, open_house
from moderation.workflows import keys as key_work
from moderation.workflows.directory import KnownSite
from moderation.workflows.keys import Rotation, learn_keys, open_vault, rotate
from moderation.workflows.sites import Credentials
from tests.conftest import copy_sqlite, sqlite_url
from tests.fakes import FakeClock, FakeScorer
from tests.makers import an_arrival
from tests.workflows.steps import accepted, count_of

OLD, NEW = "o" * 43, "n" * 43


@pytest.fixture
async def bare(migrated_database_url: str) -> AsyncIterator[Database]:
    """A database that no vault was opened on yet."""
    database = Database(migrated_database_url)
    yield database
    await database.close()


async def rotated(house: House) -> Rotation:
    """What `moderation keys rotate` does beside a running service."""
    return await rotate(
        house.secret_keys, open_work=house.database.open_work, now=house.now, progress=lambda done, total: None
    )


async def stored_keys(database: Database) -> list[DataKey]:
    async with database.open_reading() as work:
        return await work.data_keys.all()


async def test_a_rotation_seals_second_factors_anew(service: Service, clock: FakeClock) -> None:
    house = service.house
    async with service.open_work() as work:
        kim = await work.moderators.add("kim", Role.MODERATOR, [], password_hash=None, now=clock())
        await work.moderators.set_second_factor(kim, house.vault.seal_second_factor(kim, "a secret"))
        await work.commit()

    clock.advance(seconds=1)
    await rotated(house)

    await learn_keys(house.vault, open_reading=service.open_reading)
    async with service.open_reading() as work:
        [(owner, sealed)] = await work.moderators.sealed_second_factors()
    assert sealed_with(sealed) == house.vault.sealing_key
    assert house.vault.open_second_factor(owner, sealed) == "a secret"


async def addresses(service: Service, known: KnownSite) -> list[str]:
    """Opens every stored address."""
    async with service.open_reading() as work:
        rows = (await work.connection.execute(select(authors))).all()
    vault = service.house.vault
    return sorted(vault.open_email(known.site.id, SealedEmail(row.email_fingerprint, row.email_sealed)) for row in rows)


async def test_several_first_starts_at_once_make_one_set_of_keys(bare: Database, clock: FakeClock) -> None:
    vaults = await asyncio.gather(
        *(open_vault(SecretKeys([OLD]), open_work=bare.open_work, now=clock()) for _ in range(4))
    )

    assert len({vault.sealing_key for vault in vaults}) == 1
    assert sorted(key.purpose for key in await stored_keys(bare)) == sorted(Purpose)


async def test_a_wrong_secret_key_does_not_open_the_vault(bare: Database, clock: FakeClock) -> None:
    await open_vault(SecretKeys([OLD]), open_work=bare.open_work, now=clock())

    with pytest.raises(BadKeys):
        await open_vault(SecretKeys([NEW]), open_work=bare.open_work, now=clock())

    await open_vault(SecretKeys([OLD]), open_work=bare.open_work, now=clock())  # and nothing was spoilt


async def test_a_new_secret_key_in_front_wraps_everything_so_that_the_old_one_can_go(
    bare: Database, clock: FakeClock
) -> None:
    first = await open_vault(SecretKeys([OLD]), open_work=bare.open_work, now=clock())
    await open_vault(SecretKeys([NEW, OLD]), open_work=bare.open_work, now=clock())

    vault = await open_vault(SecretKeys([NEW]), open_work=bare.open_work, now=clock())

    assert vault.sealing_key == first.sealing_key
    with pytest.raises(BadKeys):
        await open_vault(SecretKeys([OLD]), open_work=bare.open_work, now=clock())


async def test_a_rotation_seals_every_address_again_and_they_all_open(
    service: Service, known: KnownSite, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_work, "BATCH", 2)
    for number in range(5):
        await accepted(service, known, an_arrival(email=f"reader-{number}@example.org"))
    old = service.house.vault.sealing_key
    clock.advance(seconds=1)
    told: list[tuple[int, int]] = []

    rotation = await rotate(
        service.house.secret_keys,
        open_work=service.open_work,
        now=clock,
        progress=lambda done, total: told.append((done, total)),
    )

    async with service.open_reading() as work:
        in_use = await work.authors.sealing_keys_in_use()
    assert rotation == Rotation(resealed=5, removed=0)
    assert told == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert old not in in_use
    with pytest.raises(BadKeys):
        await addresses(service, known)  # this vault has not learnt of the new key yet
    service.house.vault.learn(await stored_keys(service.house.database))
    assert await addresses(service, known) == [f"reader-{number}@example.org" for number in range(5)]


async def test_an_author_stays_the_same_author_after_a_rotation(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(email="ana@example.org"))
    clock.advance(seconds=1)
    await rotated(service.house)
    await service.look()

    await accepted(service, known, an_arrival(email="Ana@example.org"))

    assert await count_of(service.house.database, authors) == 1


async def test_webhook_secrets_are_the_same_after_a_rotation(
    service: Service, known: KnownSite, credentials: Credentials, settings: Settings, clock: FakeClock
) -> None:
    clock.advance(seconds=1)
    await rotated(service.house)

    async with open_house(settings, now=clock) as later:
        found = await Service(later, scorer=FakeScorer()).directory.find("daily-planet")

    assert found is not None
    assert found.live_secrets(now=clock()) == [credentials.webhook_secret]


async def test_an_old_key_is_removed_only_after_a_day_by_the_next_rotation_and_when_nothing_needs_it(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(email="ana@example.org"))
    removed = []
    for hours in (1, 23, 25, 25):
        clock.advance(hours=hours)
        removed.append((await rotated(service.house)).removed)
        service.house.vault.learn(await stored_keys(service.house.database))

    assert removed == [0, 0, 2, 1]
    assert await addresses(service, known) == ["ana@example.org"]


async def rotated_elsewhere(settings: Settings, clock: FakeClock) -> None:
    """Lets an instance with a newer secret key wrap the data keys, and then rotate them."""
    newer = settings.model_copy(update={"secret_keys": (NEW, *settings.secret_keys)})
    async with open_house(newer, now=clock) as house:
        await rotated(house)


async def test_an_instance_without_the_new_secret_key_goes_on_with_what_it_knows_and_says_so_once(
    service: Service, known: KnownSite, settings: Settings, clock: FakeClock
) -> None:
    assert isinstance(service.scorer, FakeScorer)
    service.scorer.available = False
    await accepted(service, known, an_arrival(external_id="c-1", email="ana@example.org"))
    service.scorer.available = True
    clock.advance(seconds=1)
    await rotated_elsewhere(settings, clock)

    with capture_logs() as logs:
        for _ in range(3):
            await service.look()

    async with service.open_reading() as work:
        reasons = (await work.connection.execute(select(comments.c.reason))).scalars().all()
    told = [entry["event"] for entry in logs if entry["event"].startswith("data_keys")]
    assert (reasons, told) == (["clean"], ["data_keys_unknown"])
    assert len(service.house.vault.unknown) == 1
    assert b"\nmoderation_unknown_data_keys 1.0" in metrics.exposition()
    again = await accepted(service, known, an_arrival(external_id="c-2", email="Ana@example.org"))
    assert again.reason == "clean"
    assert await count_of(service.house.database, authors) == 1


async def test_rotations_at_the_same_time_help_each_other_to_the_newest_key(
    service: Service, known: KnownSite, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_work, "BATCH", 2)
    for number in range(7):
        await accepted(service, known, an_arrival(email=f"reader-{number}@example.org"))
    clock.advance(seconds=1)

    await asyncio.gather(*(rotated(service.house) for _ in range(3)))

    keys = await stored_keys(service.house.database)
    service.house.vault.learn(keys)
    async with service.open_reading() as work:
        in_use = await work.authors.sealing_keys_in_use()
    assert len(keys) == 5
    assert in_use == {service.house.vault.sealing_key}
    assert await addresses(service, known) == [f"reader-{number}@example.org" for number in range(7)]


async def test_rotations_that_are_interrupted_leave_the_keys_that_are_needed(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    def interrupted(done: int, total: int) -> None:
        raise ConnectionAbortedError

    await accepted(service, known, an_arrival(email="ana@example.org"))
    for _ in range(3):
        clock.advance(days=2)
        with pytest.raises(ConnectionAbortedError):
            await rotate(service.house.secret_keys, open_work=service.open_work, now=clock, progress=interrupted)

    service.house.vault.learn(await stored_keys(service.house.database))

    assert await addresses(service, known) == ["ana@example.org"]
    assert (await rotated(service.house)).resealed == 1


class Slow(FakeScorer):
    """While it computes, the keys are rotated and the service learns of it."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service
        self._loop = asyncio.get_running_loop()

    async def _rotate(self) -> None:
        await rotated(self._service.house)
        self._service.house.vault.learn(await stored_keys(self._service.house.database))

    def score(self, writings: Sequence[Writing]) -> list[Score]:
        asyncio.run_coroutine_threadsafe(self._rotate(), self._loop).result(20)
        return super().score(writings)


async def test_a_comment_that_was_sealed_before_a_rotation_and_stored_after_it_can_be_opened_for_good(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    clock.advance(seconds=1)
    before = service.house.vault.sealing_key
    service.scorer = Slow(service)
    await accepted(service, known, an_arrival(email="ana@example.org"))
    async with service.open_reading() as work:
        assert await work.authors.sealing_keys_in_use() == {before}
    for _ in range(3):
        clock.advance(days=2)
        await rotated(service.house)

    service.house.vault.learn(await stored_keys(service.house.database))

    assert await addresses(service, known) == ["ana@example.org"]


async def test_comments_come_in_while_the_keys_are_rotated(
    service: Service, other: Service, known: KnownSite, clock: FakeClock
) -> None:
    readers = [f"reader-{number:02}@example.org" for number in range(20)]
    for reader in readers[:10]:
        await accepted(service, known, an_arrival(email=reader))
    clock.advance(seconds=1)

    await asyncio.gather(
        rotated(other.house), *(accepted(service, known, an_arrival(email=reader)) for reader in readers[10:])
    )

    service.house.vault.learn(await stored_keys(service.house.database))
    assert await addresses(service, known) == readers


async def test_no_key_lies_in_the_database_in_the_clear(service: Service, credentials: Credentials) -> None:
    async with service.open_reading() as work:
        keys = (await work.connection.execute(select(data_keys))).all()
    secret_keys = SecretKeys(service.house.settings.secret_keys)
    plain = [secret_keys.unwrap(DataKey(key.id, Purpose(key.purpose), key.wrapped, key.created_at)) for key in keys]

    assert len(plain) == 2
    assert not any(secret in key.wrapped for secret in plain for key in keys)


async def test_the_key_file_of_an_embedded_database_opens_it_again(
    tmp_path: Path, sqlite_template: str, clock: FakeClock
) -> None:
    copy_sqlite(Path(sqlite_template), tmp_path / "moderation.db")
    settings = Settings(database_url=sqlite_url(tmp_path), data_dir=tmp_path / "var")

    sealing = []
    for _ in range(2):
        async with open_house(settings, now=clock) as house:
            sealing.append(house.vault.sealing_key)

    assert sealing[0] == sealing[1]
    with pytest.raises(BadKeys):
        async with open_house(replace_keys(settings), now=clock):
            pass


def replace_keys(settings: Settings) -> Settings:
    return settings.model_copy(update={"secret_keys": (NEW,)})
