"""The registry says which classifier serves; every instance takes it up, and a bad one never replaces a good one."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from moderation import metrics
from moderation.bundled import bundled_folder
from moderation.domain import ModelVersion, Writing
from moderation.errors import BadArtifact, NotFound, WrongUse
from moderation.scoring import Scorer, load_artifact, load_bundled
from moderation.storage.tables import audit_entries, model_promotions, model_versions
from moderation.wiring import House
from moderation.workflows.models import BUNDLED, load_serving, note_bundled, promote, rollback
from moderation.workflows.serving import ModelKeeper
from tests.fakes import FakeClock
from tests.training_data import small_artifact
from tests.workflows.steps import count_of

MODELS = bundled_folder("models")


@pytest.fixture(scope="module")
def trained() -> bytes:
    """The bytes of a small classifier, as training would leave them."""
    return small_artifact()


async def keep(house: House, artifact: bytes, *, version: str | None = None) -> str:
    """Adds a trained version to the registry, without promoting it."""
    name = version or load_artifact(artifact).version
    model = ModelVersion(name, hashlib.sha256(artifact).hexdigest(), bundled=False, card={}, created_at=house.now())
    async with house.database.open_work() as work:
        await work.models.add(model, artifact)
        await work.commit()
    return name


async def noted(house: House, folder: Path = MODELS) -> None:
    await note_bundled(folder=folder, open_work=house.database.open_work, now=house.now())


async def promoted(house: House, version: str) -> None:
    await promote(version, folder=MODELS, open_work=house.database.open_work, by="ana", now=house.now())


async def serving(house: House) -> str | None:
    async with house.database.open_reading() as work:
        return await work.models.serving()


def keeper_of(house: House, folder: Path = MODELS) -> tuple[ModelKeeper, Scorer]:
    scorer = Scorer()
    database = house.database
    keeper = ModelKeeper(
        scorer, folder=folder, open_work=database.open_work, open_reading=database.open_reading, now=house.now
    )
    return keeper, scorer


async def test_the_bundled_baseline_is_noted_once_and_serves(house: House) -> None:
    for _ in range(3):
        await noted(house)

    async with house.database.open_reading() as work:
        [model] = await work.models.all()
        promotions = (await work.connection.execute(select(model_promotions.c.promoted_by))).scalars().all()
    assert (model.bundled, model.serving, promotions) == (True, True, [BUNDLED])
    assert (await load_serving(folder=MODELS, open_reading=house.database.open_reading)).version == model.version


async def test_instances_that_start_at_once_note_it_once_and_none_of_them_fails(house: House) -> None:
    await asyncio.gather(*(noted(house) for _ in range(4)))

    assert await count_of(house.database, model_versions) == 1
    assert await count_of(house.database, model_promotions) == 1


async def test_a_new_baseline_does_not_take_the_place_of_a_trained_model(
    house: House, trained: bytes, clock: FakeClock
) -> None:
    version = await keep(house, trained)
    await promoted(house, version)
    clock.advance(seconds=1)

    await noted(house)

    assert await serving(house) == version
    assert await count_of(house.database, model_versions) == 2


async def test_a_promoted_model_serves_at_every_instance_at_its_next_look(
    house: House, trained: bytes, clock: FakeClock
) -> None:
    first, second = keeper_of(house), keeper_of(house)
    for keeper, _ in (first, second):
        await keeper.look()
    clock.advance(seconds=1)
    version = await keep(house, trained)
    await promoted(house, version)

    for keeper, _ in (first, second):
        await keeper.look()

    assert [scorer.version for _, scorer in (first, second)] == [version] * 2
    assert first[1].score([Writing("Check out my channel")])[0].model == version


async def test_a_rollback_goes_back_to_what_served_before_and_notes_who_did_it(
    house: House, trained: bytes, clock: FakeClock
) -> None:
    await noted(house)
    baseline = await serving(house)
    clock.advance(seconds=1)
    await promoted(house, await keep(house, trained))
    clock.advance(seconds=1)

    back = await rollback(folder=MODELS, open_work=house.database.open_work, by="bo", now=clock())

    async with house.database.open_reading() as work:
        query = select(audit_entries.c.actor, audit_entries.c.action).order_by(audit_entries.c.occurred_at)
        entries = [tuple(row) for row in await work.connection.execute(query)]
    assert back == baseline == await serving(house)
    assert entries[-2:] == [("ana", "model.promote"), ("bo", "model.promote")]


async def test_there_is_nothing_to_go_back_to_before_a_second_model_has_served(house: House) -> None:
    for _ in range(2):
        with pytest.raises(WrongUse):
            await rollback(folder=MODELS, open_work=house.database.open_work, by="bo", now=house.now())
        await noted(house)


async def test_a_model_that_is_not_there_or_damaged_is_not_promoted(house: House, trained: bytes) -> None:
    await noted(house)
    baseline = await serving(house)
    await keep(house, trained[:-1], version="damaged")

    with pytest.raises(NotFound):
        await promoted(house, "unknown")
    with pytest.raises(BadArtifact):
        await promoted(house, "damaged")

    assert await serving(house) == baseline


async def test_a_model_that_cannot_be_loaded_leaves_the_present_one(
    house: House, trained: bytes, clock: FakeClock
) -> None:
    keeper, scorer = keeper_of(house)
    await keeper.look()
    present = scorer.version
    clock.advance(seconds=1)
    await keep(house, trained[:-1], version="damaged")
    async with house.database.open_work() as work:
        await work.models.promote("damaged", by="a fault", now=clock())
        await work.commit()

    await keeper.look()

    assert present is not None
    assert scorer.version == present
    assert keeper.problem is None


@pytest.mark.parametrize("damage", ["missing", "truncated", "changed", "empty card"])
async def test_a_bad_baseline_stops_nothing_and_is_named_until_it_is_whole_again(
    house: House, tmp_path: Path, damage: str
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("baseline.bin", "baseline.json"):
        shutil.copy(MODELS / name, folder / name)
    whole = (folder / "baseline.bin").read_bytes()
    match damage:
        case "missing":
            (folder / "baseline.bin").unlink()
        case "truncated":
            (folder / "baseline.bin").write_bytes(whole[:1000])
        case "changed":
            (folder / "baseline.bin").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        case _:
            (folder / "baseline.json").write_text("{}", encoding="ascii")
    keeper, scorer = keeper_of(house, folder)

    await keeper.look()
    version, problem = scorer.version, keeper.problem
    for name in ("baseline.bin", "baseline.json"):
        shutil.copy(MODELS / name, folder / name)
    await keeper.look()

    assert version is None
    assert problem
    assert (scorer.version is not None, keeper.problem) == (True, None)


async def bundled_elsewhere(house: House, version: str) -> None:
    """Does what an instance of another release does at its start."""
    model = ModelVersion(version, "0" * 64, bundled=True, card={}, created_at=house.now())
    async with house.database.open_work() as work:
        await work.models.add(model, None)
        await work.models.promote(version, by=BUNDLED, now=house.now())
        await work.commit()


@pytest.mark.parametrize("noted_before", [True, False])
async def test_an_older_release_serves_its_own_baseline_until_it_can_load_the_named_one_and_leaves_the_registry(
    house: House, trained: bytes, clock: FakeClock, noted_before: bool
) -> None:
    if noted_before:
        await noted(house)
        clock.advance(seconds=1)
    await bundled_elsewhere(house, "baseline-9-of-the-future")
    promotions = await count_of(house.database, model_promotions)
    keeper, scorer = keeper_of(house)

    with capture_logs() as logs:
        for _ in range(3):
            await keeper.look()
    own, instead_of = scorer.version, keeper.stands_in_for
    complaints = [entry for entry in logs if entry["event"] == "model_not_loaded"]
    shown = b"\nmoderation_model_stands_in 1.0" in metrics.exposition()
    left = await serving(house), await count_of(house.database, model_promotions)
    clock.advance(seconds=1)
    await promoted(house, await keep(house, trained))
    await keeper.look()

    assert own == load_bundled(MODELS).version
    assert (instead_of, keeper.problem, shown) == ("baseline-9-of-the-future", None, True)
    assert left == ("baseline-9-of-the-future", promotions)
    assert [(entry["serving"], "baseline-9-of-the-future" in entry["problem"]) for entry in complaints] == [(own, True)]
    assert (scorer.version, keeper.stands_in_for) == (await serving(house), None)
    assert b"\nmoderation_model_stands_in 0.0" in metrics.exposition()


async def test_a_running_instance_of_an_older_release_goes_on_with_what_it_has(house: House, clock: FakeClock) -> None:
    keeper, scorer = keeper_of(house)
    await keeper.look()
    clock.advance(seconds=1)
    await bundled_elsewhere(house, "baseline-9-of-the-future")

    await keeper.look()

    assert scorer.version == load_bundled(MODELS).version
    assert keeper.stands_in_for == await serving(house) == "baseline-9-of-the-future"


@pytest.mark.parametrize(
    ("serving_now", "gives_way"),
    [("baseline-0", True), ("baseline-1-00000000", True), ("baseline-9-00000000", False), ("baseline-10", False),
     ("baseline-of-the-future", False)],
)  # fmt: skip
async def test_a_baseline_gives_way_to_one_that_is_not_older(
    house: House, clock: FakeClock, serving_now: str, gives_way: bool
) -> None:
    await bundled_elsewhere(house, serving_now)
    clock.advance(seconds=1)

    await noted(house)

    assert (await serving(house) != serving_now) is gives_way


async def test_a_baseline_that_serves_but_does_not_come_with_this_installation_is_named(house: House) -> None:
    await bundled_elsewhere(house, "baseline-of-the-future")

    with pytest.raises(BadArtifact, match="baseline-of-the-future"):
        await load_serving(folder=MODELS, open_reading=house.database.open_reading)
