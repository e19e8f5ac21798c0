"""What a running service does for its filters: it looks at the queue again, trains once, and tries things on."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from moderation.domain import Reason, RunState, Status
from moderation.errors import Invalid
from moderation.scoring import load_artifact
from moderation.wiring import Service
from moderation.workflows.backtest import backtest
from moderation.workflows.budget import follow_budget, promises, with_budgets
from moderation.workflows.directory import KnownSite
from moderation.workflows.learning import Learner
from moderation.workflows.rescore import rescore_queue
from tests.fakes import DOUBT, SPAM, FakeScorer
from tests.makers import an_arrival
from tests.training_data import small_artifact
from tests.workflows.steps import accepted, column, decisions_of
from tests.workflows.taught import MODELS, campaign, serve_small, teach


async def rescored(service: Service, known: KnownSite, scorer: FakeScorer) -> int:
    """Lets another model look at the queue again."""
    return await rescore_queue(
        known.site,
        known.book,
        read_at_once=service.read_at_once,
        at_once=service.at_once,
        scorer=scorer,
        now=service.now,
        random=lambda: 1.0,
    )


async def test_the_next_model_decides_what_the_last_one_doubted_and_leaves_the_rest(
    service: Service, known: KnownSite
) -> None:
    doubted = await accepted(service, known, an_arrival(external_id="a-doubted", text=f"Well, {DOUBT}"))
    await accepted(service, known, an_arrival(external_id="b-links", text=" ".join(["http://x.example/"] * 9)))
    await accepted(service, known, an_arrival(external_id="c-spam", text=SPAM))
    surer = FakeScorer("fake-2")
    surer.score = lambda writings: [  # type: ignore[method-assign]
        replace(score, spam=0.01) for score in FakeScorer("fake-2").score(writings)
    ]

    decided = await rescored(service, known, surer), await rescored(service, known, surer)

    assert decided == (1, 0)
    assert await column(service.house.database, "status") == [Status.APPROVED, Status.PENDING, Status.REJECTED]
    assert await column(service.house.database, "model") == ["fake-2", "fake-1", "fake-1"]
    assert len(await decisions_of(service.house.database, doubted.external_id)) == 2


async def test_a_model_of_the_same_mind_leaves_the_queue_as_it_is(service: Service, known: KnownSite) -> None:
    await accepted(service, known, an_arrival(external_id="a", text=f"Well, {DOUBT}"))

    assert await rescored(service, known, FakeScorer("fake-2")) == 0
    assert await column(service.house.database, "version") == [1]


def instance(service: Service) -> Learner:
    """Returns the part of one more instance that trains."""
    return Learner(
        service.directory, service.scorer, MODELS,
        service.open_work, service.open_reading, service.at_once, service.read_at_once, service.now,
        lambda: 1.0, settings={},
    )  # fmt: skip


async def test_a_run_that_was_asked_for_is_taken_up_by_one_instance(service: Service, known: KnownSite) -> None:
    async with service.open_work() as work:
        run = await work.training.ask(known.site.id, by="ana", now=service.now())
        await work.commit()

    wanted = await asyncio.gather(*(instance(service)._wanted(known.site) for _ in range(3)))

    assert [each for each in wanted if each] == [(run, "ana")]
    async with service.open_reading() as work:
        assert [each.state for each in await work.training.runs(known.site.id)] == [RunState.RUNNING]


async def test_a_backtest_tells_who_would_be_treated_otherwise_and_changes_nothing(
    service: Service, known: KnownSite
) -> None:
    await accepted(service, known, an_arrival(external_id="a", text="A good word."))
    await accepted(service, known, an_arrival(external_id="b", text=f"Well, {DOUBT}"))
    before = await column(service.house.database, "status")
    site = known.site

    same = await backtest(site, site.policy, None, open_reading=service.open_reading, now=service.now())
    strict = await backtest(
        site, replace(site.policy, approve_below=0.01), None, open_reading=service.open_reading, now=service.now()
    )
    model = await backtest(
        site, site.policy, load_artifact(small_artifact()), open_reading=service.open_reading, now=service.now()
    )

    assert (same.tried, same.changed, strict.changed) == (2, 0, 1)
    assert [(each.comment.external_id, each.then.reason) for each in strict.samples] == [("a", Reason.DOUBTFUL)]
    assert (model.tried, model.model) == (2, load_artifact(small_artifact()).version)
    assert await column(service.house.database, "status") == before


async def test_thresholds_follow_a_budget_that_good_comments_can_support(service: Service, known: KnownSite) -> None:
    house = service.house
    await serve_small(house)
    await teach(house, known.site.id, campaign())
    async with service.open_work() as work:
        await work.sites.change_settings(known.site.id, {"hold_budget": 0.05, "blocked_words": ["casino"]})
        await work.commit()
    site = replace(known.site, policy=replace(known.site.policy, hold_budget=0.05, reject_budget=0.0))
    seen_before = replace(known.site, policy=replace(known.site.policy, hold_budget=0.06))
    found = await promises(site, site.policy, folder=MODELS, open_reading=service.open_reading, now=service.now())
    promise = found["hold_budget"]
    assert promise.threshold is not None
    followed = replace(site, policy=replace(site.policy, approve_below=promise.threshold))

    moved = [
        await follow_budget(
            seen, folder=MODELS, open_work=service.open_work, open_reading=service.open_reading,
            defaults=house.defaults, now=service.now(),
        )
        for seen in (seen_before, site, followed)
    ]  # fmt: skip

    async with service.open_reading() as work:
        stored = await work.sites.find(site.slug)
    assert stored is not None
    assert promise.good == pytest.approx(260)
    assert moved == [False, True, False]  # first somebody has set the site meanwhile, and at last nothing is to move
    assert promise.bound is not None
    assert promise.bound <= 0.05
    assert stored.settings["approve_below"] == promise.threshold


async def test_only_who_changes_a_budget_or_a_threshold_is_asked_for_what_the_data_supports(
    service: Service, known: KnownSite
) -> None:
    await serve_small(service.house)
    site = replace(known.site, policy=replace(known.site.policy, hold_budget=0.05))

    async def wanted(**changes: object) -> dict[str, object]:
        policy = replace(site.policy, **changes)  # type: ignore[arg-type]
        form = {"hold_budget": policy.hold_budget, "reject_budget": 0.0, "approve_below": policy.approve_below}
        return await with_budgets(
            site, policy, form, folder=MODELS, open_reading=service.open_reading, now=service.now()
        )  # fmt: skip

    assert (await wanted(blocked_words=("casino",)))["approve_below"] == site.policy.approve_below
    assert (await wanted(approve_below=0.01, hold_budget=0.0))["approve_below"] == 0.01
    for changes in ({"approve_below": 0.01}, {"hold_budget": 0.04}):
        with pytest.raises(Invalid):
            await wanted(**changes)
