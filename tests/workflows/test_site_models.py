"""A site that has learned is served by a model of its own, and every other one by the common one."""

from __future__ import annotations

import gc
import hashlib
import weakref

import pytest

from moderation.bundled import bundled_folder
from moderation.domain import ModelVersion, Writing
from moderation.errors import BadArtifact, WrongUse
from moderation.scoring import Scorer, load_artifact, save_artifact
from moderation.scoring.artifact import read_artifact
from moderation.scoring.classifier import MANY
from moderation.wiring import House
from moderation.workflows.models import load_serving_site, note_bundled, promote, rollback_site
from moderation.workflows.serving import ModelKeeper
from moderation.workflows.sites import Credentials, add_site
from tests.fakes import FakeClock
from tests.training_data import small_artifact

MODELS = bundled_folder("models")


@pytest.fixture
async def two_sites(house: House, credentials: Credentials) -> House:
    """A house with a second site, and the bundled model noted."""
    await add_site(
        "gazette", "https://g.example.com", open_work=house.database.open_work, vault=house.vault, now=house.now()
    )
    await note_bundled(folder=MODELS, open_work=house.database.open_work, now=house.now())
    return house


async def own_model(house: House, slug: str, name: str, *, damaged: bool = False) -> str:
    """Adds a model of a site to the registry, without promoting it."""
    artifact = save_artifact(read_artifact(small_artifact())[1], name=name)
    version = load_artifact(artifact).version
    model = ModelVersion(version, hashlib.sha256(artifact).hexdigest(), bundled=False, card={}, created_at=house.now())
    async with house.database.open_work() as work:
        site = await work.sites.find(slug)
        assert site is not None
        await work.models.add(model, artifact[:-1] if damaged else artifact)
        await work.site_models.add(version, site.id)
        await work.commit()
    return version


async def keeper_of(house: House) -> tuple[ModelKeeper, Scorer]:
    scorer, database = Scorer(), house.database
    keeper = ModelKeeper(
        scorer, folder=MODELS, open_work=database.open_work, open_reading=database.open_reading, now=house.now
    )
    await keeper.look()
    return keeper, scorer


async def serving(house: House, scorer: Scorer) -> dict[str, str | None]:
    async with house.database.open_reading() as work:
        return {site.slug: scorer.of(site.id).version for site in await work.sites.all()}


async def test_a_promoted_model_serves_its_site_alone_at_every_instance_and_goes_back_in_one_call(
    two_sites: House, clock: FakeClock
) -> None:
    instances = [await keeper_of(two_sites) for _ in range(2)]
    common = instances[0][1].version
    first, second = [await own_model(two_sites, "daily-planet", name) for name in ("one", "two")]
    async with two_sites.database.open_reading() as work:
        planet = await work.sites.find("daily-planet")
    assert planet is not None
    seen = []
    for step in (first, second, "back", "back again"):
        clock.advance(seconds=1)
        open_work = two_sites.database.open_work
        if step.startswith("back"):
            await rollback_site(planet.id, folder=MODELS, open_work=open_work, by="ana", now=clock())
        else:
            await promote(step, folder=MODELS, open_work=open_work, by="ana", now=clock())
        for keeper, scorer in instances:
            await keeper.look()
            seen.append((await serving(two_sites, scorer))["daily-planet"])
            assert (await serving(two_sites, scorer))["gazette"] == common == scorer.version
        loaded = await load_serving_site(planet.id, folder=MODELS, open_reading=two_sites.database.open_reading)
        assert loaded.version == seen[-1]

    assert seen == [first, first, second, second, first, first, second, second]


async def test_what_a_replaced_model_remembers_leaves_memory(two_sites: House, clock: FakeClock) -> None:
    keeper, scorer = await keeper_of(two_sites)
    async with two_sites.database.open_reading() as work:
        planet = await work.sites.find("daily-planet")
    assert planet is not None
    remembered = []
    for name in ("one", "two"):
        clock.advance(seconds=1)
        version = await own_model(two_sites, "daily-planet", name)
        await promote(version, folder=MODELS, open_work=two_sites.database.open_work, by="a", now=clock())
        gc.disable()  # as good as: a serving process collects cycles after very many new objects
        try:
            await keeper.look()
        finally:
            gc.enable()
        classifier = scorer.of(planet.id)._loaded()
        classifier.score([Writing("the mayor")] * MANY)
        remembered.append(weakref.ref(classifier._together._rows))
        del classifier

    assert [rows() is not None for rows in remembered] == [False, True]


async def test_a_site_goes_back_from_its_first_model_to_the_common_one(two_sites: House, clock: FakeClock) -> None:
    keeper, scorer = await keeper_of(two_sites)
    common, open_work = scorer.version, two_sites.database.open_work
    async with two_sites.database.open_reading() as work:
        planet = await work.sites.find("daily-planet")
    assert planet is not None
    with pytest.raises(WrongUse):
        await rollback_site(planet.id, folder=MODELS, open_work=open_work, by="ana", now=clock())
    await promote(
        await own_model(two_sites, "daily-planet", "one"), folder=MODELS, open_work=open_work, by="a", now=clock()
    )
    await keeper.look()
    clock.advance(seconds=1)

    back = await rollback_site(planet.id, folder=MODELS, open_work=open_work, by="ana", now=clock())
    await keeper.look()

    assert (back, (await serving(two_sites, scorer))["daily-planet"]) == (None, common)


async def test_a_damaged_model_is_not_promoted_and_one_that_breaks_later_leaves_the_present_one(
    two_sites: House, clock: FakeClock
) -> None:
    keeper, scorer = await keeper_of(two_sites)
    good = await own_model(two_sites, "daily-planet", "good")
    bad = await own_model(two_sites, "daily-planet", "bad", damaged=True)
    await promote(good, folder=MODELS, open_work=two_sites.database.open_work, by="ana", now=clock())
    await keeper.look()

    with pytest.raises(BadArtifact):
        await promote(bad, folder=MODELS, open_work=two_sites.database.open_work, by="ana", now=clock())
    clock.advance(seconds=1)
    async with two_sites.database.open_work() as work:
        site = await work.sites.find("daily-planet")
        assert site is not None
        await work.site_models.promote(site.id, bad, by="a fault", now=clock())
        await work.commit()
    await keeper.look()

    assert (await serving(two_sites, scorer))["daily-planet"] == good
    assert (await serving(two_sites, scorer))["gazette"] == scorer.version
