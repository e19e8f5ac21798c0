"""Comments that came while no classifier was there are decided when one is, once, and never against a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import delete, event

from moderation.domain import ArticleUpdate, Decision, Moderation, Reason, Score, Status, Writing
from moderation.errors import Raced
from moderation.storage.appending import append_decisions
from moderation.storage.comments import decision_row
from moderation.storage.decisions import Decisions, Verdict
from moderation.storage.tables import comments
from moderation.wiring import Service
from moderation.workflows import rescore as rescoring
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import host_of
from tests.fakes import DOUBT, POISON, SPAM, FakeClock, FakeScorer
from tests.makers import an_arrival
from tests.workflows.steps import a_delivery, accepted, column, decisions_of, edited, events_of, ruled, with_policy


def switch(service: Service, *, available: bool) -> FakeScorer:
    assert isinstance(service.scorer, FakeScorer)
    service.scorer.available = available
    return service.scorer


async def unscored(service: Service, known: KnownSite, *texts: str) -> None:
    """Takes comments c-0, c-1, … in while no classifier is there; afterwards there is one."""
    switch(service, available=False)
    for number, text in enumerate(texts):
        await accepted(service, with_policy(known, flood_count=0), an_arrival(external_id=f"c-{number}", text=text))
    switch(service, available=True)


async def test_each_waiting_comment_gets_its_score_its_decision_and_its_event(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await unscored(service, known, "Calm words.", SPAM, DOUBT)
    clock.advance(seconds=1)

    decided = await service.rescore()

    database = service.house.database
    assert decided == 3
    assert await column(database, "status") == [Status.APPROVED, Status.REJECTED, Status.PENDING]
    assert await column(database, "score") == [0.02, 0.99, 0.6]
    assert await column(database, "model") == ["fake-1"] * 3
    assert [(row.version, row.reason) for row in await decisions_of(database, "c-1")] == [
        (1, Reason.NOT_SCORED),
        (2, Reason.SPAM),
    ]
    assert [row.type for row in await events_of(database, "c-1")] == ["comment.pending", "comment.rejected"]


async def test_nothing_is_decided_a_second_time(service: Service, known: KnownSite) -> None:
    await unscored(service, known, "Calm words.", DOUBT)

    assert [await service.rescore() for _ in range(3)] == [2, 0, 0]


async def test_without_a_classifier_nothing_is_decided(service: Service, known: KnownSite) -> None:
    await unscored(service, known, "Calm words.")
    switch(service, available=False)

    assert await service.rescore() == 0
    assert await column(service.house.database, "version") == [1]


async def test_two_instances_at_once_decide_each_comment_once_more(
    service: Service, other: Service, known: KnownSite
) -> None:
    await unscored(service, known, *(f"Calm words {number}." for number in range(30)))

    decided = await asyncio.gather(service.rescore(), other.rescore())

    assert sum(decided) == 30
    assert await column(service.house.database, "version") == [2] * 30
    assert await column(service.house.database, "status") == [Status.APPROVED] * 30


class Interrupted(FakeScorer):
    """Something happens while it computes."""

    def __init__(self, service: Service, clock: FakeClock) -> None:
        super().__init__()
        self._service, self._clock = service, clock
        self._loop = asyncio.get_running_loop()

    def score(self, writings: Sequence[Writing]) -> list[Score]:
        ruling = ruled(self._service.house.database, "c-1", Status.REJECTED, Reason.ABUSE, now=self._clock())
        asyncio.run_coroutine_threadsafe(ruling, self._loop).result(20)
        return super().score(writings)


async def test_what_a_moderator_decides_in_the_meantime_stands_and_the_others_are_decided(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await unscored(service, known, "Calm words.", "Other words.", "More words.")
    service.scorer = Interrupted(service, clock)

    decided = await service.rescore()

    assert decided == 2
    assert await column(service.house.database, "reason") == [Reason.CLEAN, Reason.ABUSE, Reason.CLEAN]
    assert await column(service.house.database, "version") == [2, 2, 2]


async def test_a_batch_of_which_some_were_decided_or_erased_meanwhile_is_still_one_batch(
    service: Service, known: KnownSite, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await unscored(service, known, "Calm words.", "Other words.", "More words.", "Last words.")
    tried: list[int] = []
    append_all = Decisions.append_all

    async def noted(self: Decisions, verdicts: Sequence[Verdict], *, now: datetime) -> None:
        tried.append(len(verdicts))
        await append_all(self, verdicts, now=now)

    async def erase() -> None:
        async with service.open_work() as work:
            await work.connection.execute(delete(comments).where(comments.c.external_id == "c-2"))
            await work.commit()

    class Erasing(Interrupted):
        def score(self, writings: Sequence[Writing]) -> list[Score]:
            asyncio.run_coroutine_threadsafe(erase(), self._loop).result(20)
            return super().score(writings)

    service.scorer = Erasing(service, clock)
    monkeypatch.setattr(Decisions, "append_all", noted)

    assert await service.rescore() == 2
    assert tried == [2]
    assert await column(service.house.database, "reason") == [Reason.CLEAN, Reason.ABUSE, Reason.CLEAN]


async def test_what_was_edited_or_deleted_meanwhile_is_left_alone(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await unscored(service, known, "One.", "Two.", "Three.")
    await edited(service, known, "c-0", SPAM, said_at=clock())
    await service.delete(known, "c-1", a_delivery("d-1"))

    assert await service.rescore() == 1
    assert await column(service.house.database, "reason") == [Reason.SPAM, Reason.DELETED, Reason.CLEAN]


async def test_more_comments_than_one_step_takes_are_all_decided(
    service: Service, known: KnownSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "PART", 4)
    await unscored(service, known, *(f"Calm words {number}." for number in range(10)))

    assert await service.rescore() == 10


async def test_however_many_are_decided_others_wait_for_as_few_statements(service: Service, known: KnownSite) -> None:
    await unscored(service, known, *(f"Calm words {number}." for number in range(30)))
    sent: list[str] = []
    event.listen(service.house.database._in_thread, "before_cursor_execute", lambda *given: sent.append(given[2]))

    assert await service.rescore() == 30
    assert [statement.split()[0] for statement in sent if "comments" in statement] == ["SELECT", "UPDATE"]


async def test_a_decision_on_what_was_decided_since_has_lost_a_race(service: Service, known: KnownSite) -> None:
    receipt = await accepted(service, known)
    late = decision_row(known.site.id, receipt.id, 3, Decision(Status.REJECTED, Reason.SPAM), service.now())

    with pytest.raises(Raced):
        async with service.open_work() as work:
            await append_decisions(work.connection, [late])


async def test_texts_that_cannot_be_scored_do_not_keep_the_others_waiting(
    service: Service, known: KnownSite, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "PART", 2)
    await unscored(service, known, f"One {POISON}.", f"Two {POISON}.", "Calm words.")

    assert await service.rescore() == 1
    assert await column(service.house.database, "reason") == [Reason.NOT_SCORED, Reason.NOT_SCORED, Reason.CLEAN]


async def test_a_comment_is_scored_with_its_name_its_link_and_the_host_of_its_site(
    service: Service, known: KnownSite
) -> None:
    scorer = switch(service, available=False)
    await accepted(service, known, an_arrival(text="Calm words.", name="Bo", url="https://bo.example"))
    switch(service, available=True)

    await service.rescore()

    assert scorer.batches == [[Writing("Calm words.", "Bo", "https://bo.example", host_of(known.site))]]


async def test_what_was_drawn_for_a_person_before_an_edit_is_still_held_after_the_score(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, with_policy(known, audit_sample=1.0), an_arrival(external_id="c-1"))
    switch(service, available=False)
    unscored = await edited(service, known, "c-1", "Calm words.", said_at=clock())
    switch(service, available=True)

    await service.rescore()

    assert unscored.reason is Reason.NOT_SCORED
    assert await column(service.house.database, "reason") == [Reason.AUDIT_SAMPLE]


async def test_the_policy_of_now_counts(service: Service, known: KnownSite, clock: FakeClock) -> None:
    await unscored(service, known, "Calm words.")
    held = ArticleUpdate("a-1", moderation=Moderation.PRE, given=frozenset({"moderation"}))
    await service.update_article(known, held, a_delivery("d-1"), said_at=clock())

    await service.rescore()

    assert await column(service.house.database, "reason") == [Reason.PREMODERATED]
