"""What moderators decide makes the filter better, or nothing happens: trained, judged, kept and promoted in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from moderation.domain import RunState, Site
from moderation.errors import GateRefused, TooFewLabels, TrainingElsewhere, TrainingFailed
from moderation.scoring import Classifier
from moderation.scoring.learned import Learned
from moderation.storage.tables import model_versions, site_promotions
from moderation.training.candidate import EXACT
from moderation.training.labels import Lesson
from moderation.training.trial import Trial, try_lessons
from moderation.wiring import House
from moderation.workflows.directory import KnownSite
from moderation.workflows.lease import training_lease
from moderation.workflows.models import load_version
from moderation.workflows.retrain import Plan, Progress, Trained, require_promotable, retrain
from tests.fakes import FakeClock
from tests.workflows.steps import count_of
from tests.workflows.taught import MODELS, campaign, serve_small, teach

pytestmark = pytest.mark.slow

PLAN = Plan("ana")


@pytest.fixture(autouse=True)
def each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the same labels make their candidate once a run, and without the recipe that takes longest; what that one
    is good for is shown where candidates are."""
    monkeypatch.setattr("moderation.training.candidate.MOST_ALONE", 0)
    monkeypatch.setattr("moderation.training.trial.try_lessons", once)


_TRIALS: dict[object, Trial] = {}


def once(base: Learned, champion: Classifier, lessons: Sequence[Lesson], *more: Any, **named: Any) -> Trial:
    """Does what `try_lessons` does, and remembers it."""
    key = champion.version, tuple((lesson.writing.text, lesson.label) for lesson in lessons)
    if key not in _TRIALS:
        _TRIALS[key] = try_lessons(base, champion, lessons, *more, **named)
    else:
        named["progress"]("Judging candidate and champion")
    return _TRIALS[key]


async def trained(house: House, site: Site, plan: Plan = PLAN, **more: Any) -> Trained:
    """Trains for a site."""
    database = house.database
    return await retrain(
        site, plan, folder=MODELS, open_work=database.open_work, open_reading=database.open_reading, now=house.now,
        **more,
    )  # fmt: skip


async def serving(house: House, site: Site) -> str | None:
    """Returns the site's own version that serves it."""
    async with house.database.open_reading() as work:
        return await work.site_models.serving(site.id)


async def runs(house: House, site: Site) -> list[tuple[RunState, str | None]]:
    """Returns what became of the runs of a site, newest first."""
    async with house.database.open_reading() as work:
        return [(run.state, run.version) for run in await work.training.runs(site.id)]


async def test_honest_labels_of_a_new_campaign_make_a_model_that_serves_its_site_and_says_how_it_came_about(
    house: House, known: KnownSite, clock: FakeClock
) -> None:
    common = await serve_small(house)
    clock.advance(seconds=2)
    await teach(house, known.site.id, campaign())
    stages: list[str] = []
    read: list[int] = []

    done = await trained(house, known.site, progress=Progress(stages.append, read.append))

    report, version = done.report, done.version
    assert (done.state, await serving(house, known.site)) == (RunState.PROMOTED, version), report["findings"]
    assert await runs(house, known.site) == [(RunState.PROMOTED, version)]
    assert (sum(read), report["champion"], report["base"]) == (350, common, common)
    assert report["learned"]["spam"] + report["judged"]["spam"] + report["left_out"] >= 90
    assert report["exact_to"] < EXACT
    assert report["shares"]["candidate"]["spam_published"] < report["shares"]["champion"]["spam_published"]
    assert f"# {version}" in done.card
    assert [stage.split()[0] for stage in stages][:3] == ["Counting", "Reading", "Loading"]
    async with house.database.open_reading() as work:
        model = await work.models.find(version)
        [promotion] = await work.site_models.promotions(known.site.id)
    assert model is not None
    assert (model.card["fingerprint"], promotion.by) == (report["fingerprint"], "ana")
    assert (await loaded(house, version)).version == version
    # The same labels give the same candidate, which is now the champion: it does not better itself.
    clock.advance(minutes=1)
    again = await trained(house, known.site)
    assert (again.version, again.state) == (version, RunState.REFUSED)
    assert await count_of(house.database, site_promotions) == 1


async def loaded(house: House, version: str) -> Classifier:
    return await load_version(version, folder=MODELS, open_reading=house.database.open_reading)


async def test_labels_of_which_a_fifth_is_wrong_change_nothing_and_the_refusal_names_rule_and_figures(
    house: House, known: KnownSite, clock: FakeClock
) -> None:
    common = await serve_small(house)
    clock.advance(seconds=2)
    await teach(house, known.site.id, campaign(), wrong=0.2)

    done = await trained(house, known.site)

    assert (done.state, await serving(house, known.site)) == (RunState.REFUSED, None)
    with pytest.raises(GateRefused, match=r"ham_held is|reference_\w+ is|log_loss is"):
        require_promotable(done)
    async with house.database.open_reading() as work:
        assert await work.models.serving() == common


async def test_too_few_labels_are_refused_by_how_many_are_missing(house: House, known: KnownSite) -> None:
    await serve_small(house)
    await teach(house, known.site.id, campaign()[:80])

    with pytest.raises(TooFewLabels, match=r"\d+ more of spam"):
        await trained(house, known.site)

    assert [state for state, _ in await runs(house, known.site)] == [RunState.FAILED]


async def test_a_dry_run_keeps_nothing_and_without_promotion_the_candidate_waits(
    house: House, known: KnownSite, clock: FakeClock
) -> None:
    await serve_small(house)
    clock.advance(seconds=2)
    await teach(house, known.site.id, campaign())
    versions = await count_of(house.database, model_versions)

    dry = await trained(house, known.site, replace(PLAN, dry_run=True))
    nothing = await count_of(house.database, model_versions), await runs(house, known.site)
    kept = await trained(house, known.site, replace(PLAN, promote=False))

    assert nothing == (versions, [])
    assert (dry.state, kept.state, dry.version) == (RunState.KEPT, RunState.KEPT, kept.version)
    assert await serving(house, known.site) is None
    assert await runs(house, known.site) == [(RunState.KEPT, kept.version)]


async def test_two_instances_at_once_make_one_candidate(house: House, known: KnownSite, clock: FakeClock) -> None:
    await serve_small(house)
    clock.advance(seconds=2)
    await teach(house, known.site.id, campaign())

    both = await asyncio.gather(trained(house, known.site), trained(house, known.site), return_exceptions=True)

    assert sorted(type(each).__name__ for each in both) == ["Trained", "TrainingElsewhere"]
    assert await count_of(house.database, site_promotions) == 1
    assert len(await runs(house, known.site)) == 1


async def test_who_was_too_slow_keeps_nothing(house: House, known: KnownSite, clock: FakeClock) -> None:
    await serve_small(house)
    clock.advance(seconds=2)
    await teach(house, known.site.id, campaign())
    versions = await count_of(house.database, model_versions)
    taken: list[bool] = []

    def somebody_else_begins(stage: str) -> None:
        if stage.startswith("Judging candidate"):
            asyncio.run_coroutine_threadsafe(steal(), loop).result()

    async def steal() -> None:
        from uuid import uuid4

        from sqlalchemy import update

        from moderation.storage.training_tables import training_leases

        async with house.database.open_work() as work:
            long_ago = house.now() - timedelta(days=400)
            await work.connection.execute(update(training_leases).values(expires_at=long_ago))
            taken.append(await work.training.take(known.site.id, uuid4(), lease=timedelta(minutes=1)))
            await work.commit()

    loop = asyncio.get_running_loop()
    with pytest.raises(TrainingElsewhere):
        await trained(house, known.site, progress=Progress(somebody_else_begins))

    assert taken == [True]
    assert await count_of(house.database, model_versions) == versions
    assert await serving(house, known.site) is None


async def test_a_candidate_is_not_promoted_over_a_model_with_which_it_was_not_compared(
    house: House, known: KnownSite, clock: FakeClock
) -> None:
    await serve_small(house)
    clock.advance(seconds=2)
    await teach(house, known.site.id, campaign())

    def another_serves(stage: str) -> None:
        if stage.startswith("Judging candidate"):
            asyncio.run_coroutine_threadsafe(promote_another(), loop).result()

    async def promote_another() -> None:
        async with house.database.open_work() as work:
            [bundled] = [model for model in await work.models.all() if model.bundled]
            await work.models.promote(bundled.version, by="bo", now=clock() + timedelta(seconds=1))
            await work.commit()

    loop = asyncio.get_running_loop()
    with pytest.raises(TrainingFailed, match="not compared"):
        await trained(house, known.site, progress=Progress(another_serves))

    assert await serving(house, known.site) is None
    assert [state for state, _ in await runs(house, known.site)] == [RunState.FAILED]


async def test_a_lease_is_held_for_as_long_as_it_takes_and_then_given_back(house: House, known: KnownSite) -> None:
    async def held() -> bool:
        async with house.database.open_reading() as work:
            return await work.training.holder(known.site.id) is not None

    open_work: Callable[[], Any] = house.database.open_work
    lease = timedelta(seconds=1)
    async with training_lease(known.site.id, open_work=open_work, lease=lease, beat_seconds=0.1):
        await asyncio.sleep(1.5)
        while_held = await held()
        with pytest.raises(TrainingElsewhere):
            async with training_lease(known.site.id, open_work=open_work):
                raise AssertionError("two hold it")

    assert (while_held, await held()) == (True, False)
    async with training_lease(known.site.id, open_work=open_work):
        assert await held()
