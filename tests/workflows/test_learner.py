"""What goes wrong for one site is that site's affair, and what goes wrong once is tried again."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from moderation.domain import RunState, Status
from moderation.storage.labels import Labels
from moderation.wiring import Service
from moderation.workflows import learning, shadow
from moderation.workflows.directory import KnownSite
from moderation.workflows.sites import Credentials, add_site
from tests.fakes import DOUBT, FakeClock, FakeScorer
from tests.makers import an_arrival
from tests.workflows.steps import accepted, column
from tests.workflows.taught import campaign, serve_small, teach
from tests.workflows.test_learning import instance
from tests.workflows.test_site_models import own_model


async def test_a_site_whose_model_cannot_be_loaded_keeps_no_other_site_waiting(
    service: Service, credentials: Credentials
) -> None:
    house, now = service.house, service.now()
    await add_site("gazette", "https://g.example.com", open_work=service.open_work, vault=house.vault, now=now)
    common = await serve_small(house)
    damaged = await own_model(house, credentials.site, "damaged", damaged=True)
    async with service.open_work() as work:
        first, second = await work.sites.all()
        await work.sites.change_settings(first.id, {"hold_budget": 0.05})
        await work.site_models.promote(first.id, damaged, by="ana", now=now)
        await work.shadows.begin(first.id, damaged, by="ana", now=now)
        await work.shadows.begin(second.id, common, by="ana", now=now)
        await work.commit()
    known = await service.directory.find("gazette")
    assert known is not None
    await accepted(service, known, an_arrival(text=f"Well, {DOUBT}"))
    learner, surer = instance(service), FakeScorer("fake-2")
    surer.score = lambda writings: [  # type: ignore[method-assign]
        replace(score, spam=0.01) for score in FakeScorer("fake-2").score(writings)
    ]
    learner.scorer = surer

    await learner.follow()

    async with service.open_reading() as work:
        scores = await work.shadows.scores(second.id, limit=9)
    assert await column(house.database, "status") == [Status.APPROVED]
    assert len(scores) == 1


async def test_a_run_that_failed_is_due_again_for_the_same_labels_once_there_are_enough(
    service: Service, known: KnownSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner, site = instance(service), known.site
    learner.after_labels = 100
    await teach(service.house, site.id, campaign()[:120])
    async with service.open_work() as work:
        moment = await work.training.moment()
        run = await work.training.ask(site.id, by="ana", now=moment - timedelta(minutes=61))
        await work.training.end(run, RunState.FAILED, now=moment)
        await work.commit()

    missing = await learner._wanted(site)
    learner.after_labels = 0
    with monkeypatch.context() as patch:
        patch.setattr(Labels, "count", None)  # nothing is due, however many there are: nobody counts them
        assert await learner._wanted(site) is None
    learner.after_labels = 100
    monkeypatch.setattr(learning, "LEAST_LABELS", 10)
    wanted = await learner._wanted(site)

    assert missing is None
    assert wanted is not None
    assert wanted[1] == learning.BY_SCHEDULE


async def test_a_process_that_does_not_stop_is_killed_and_the_service_stops(
    service: Service, known: KnownSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", deaf, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()

    async def begun(*arguments: str, **more: object) -> asyncio.subprocess.Process:
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begun)
    monkeypatch.setattr(learning, "_STOP_SECONDS", 0.05)
    running = asyncio.create_task(instance(service)._run(known.site, uuid4(), "ana"))
    await asyncio.sleep(0)
    running.cancel()
    [ended] = await asyncio.gather(running, return_exceptions=True)

    assert isinstance(ended, asyncio.CancelledError)
    assert process.returncode == -signal.SIGKILL


async def test_a_run_that_was_taken_up_is_left_alone_and_over_when_its_process_is_gone(
    service: Service, known: KnownSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, training = known.site, instance(service)
    begin = asyncio.create_subprocess_exec

    async def dies(*arguments: str, **more: object) -> asyncio.subprocess.Process:
        return await begin(sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", dies)
    async with service.open_work() as work:
        runs = [await work.training.ask(site.id, by="ana", now=service.now()) for _ in range(2)]
        await work.commit()
    first = await training._wanted(site)
    second = await instance(service)._wanted(site)
    assert first is not None
    await training._run(site, *first)
    async with service.open_reading() as work:
        states = {run.id: run.state for run in await work.training.runs(site.id)}

    assert (first[0], second) == (runs[0], None)
    assert states == {runs[0]: RunState.FAILED, runs[1]: RunState.ASKED}
    assert await instance(service)._wanted(site) == (runs[1], "ana")


async def test_a_shadow_keeps_the_latest_scores_and_no_more_than_are_compared(
    service: Service, known: KnownSite, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = await serve_small(service.house)
    async with service.open_work() as work:
        await work.shadows.begin(known.site.id, version, by="ana", now=service.now())
        await work.commit()
    monkeypatch.setattr(shadow, "COMPARED", 3)
    monkeypatch.setattr(shadow, "BATCH", 2)
    for number in range(5):
        clock.advance(seconds=1)
        await accepted(service, known, an_arrival(external_id=f"c-{number}", text=f"Word number {number}."))
    learner = instance(service)

    scored = [await learner.shadows.follow([known.site]) for _ in range(4)]

    async with service.open_reading() as work:
        kept = await work.shadows.scores(known.site.id, limit=9)
    assert scored == [2, 2, 1, 0]
    assert sorted(kept) == sorted(await column(service.house.database, "id"))[-3:]
