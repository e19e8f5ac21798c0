"""The latest decision on a comment is what it teaches, with how it came about."""

from __future__ import annotations

from uuid import UUID

import pytest

from moderation.domain import Label, LabelledComment, Moderator, Reason, Role, Ruling, Status
from moderation.storage.tables import decisions
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.moderators import add_moderator
from moderation.workflows.review import rule
from moderation.workflows.undo import undo
from tests.fakes import DOUBT, SPAM, FakeClock
from tests.makers import an_arrival
from tests.workflows.steps import accepted, count_of, with_policy

SPAM_IS = Ruling(Status.REJECTED, Reason.SPAM)
FINE = Ruling(Status.APPROVED, Reason.APPROVED)


@pytest.fixture
async def ana(service: Service, known: KnownSite) -> Moderator:
    """A moderator of the site."""
    await add_moderator(
        "ana", Role.MODERATOR, [known.site.slug], password=None, open_work=service.open_work, now=service.now()
    )
    async with service.open_reading() as work:
        found = await work.moderators.find("ana")
    assert found is not None
    return found


async def ruled(service: Service, who: Moderator, comment: UUID, ruling: Ruling, *, version: int = 1) -> UUID:
    """Decides a comment; returns the decision's id."""
    done = await rule(who, comment, ruling, version=version, at_once=service.at_once, now=service.now)
    return done.id


async def taught(service: Service, known: KnownSite, *, limit: int = 100) -> list[LabelledComment]:
    """Returns all labels of the site, read page by page."""
    found: list[LabelledComment] = []
    after = None
    while True:
        async with service.open_reading() as work:
            page, after = await work.labels.page(known.site.id, after=after, until=service.now(), limit=limit)
        found += page
        if after is None:
            return found


async def test_spam_and_approval_teach_and_every_other_reason_does_not(
    service: Service, known: KnownSite, ana: Moderator
) -> None:
    for reason in (Reason.SPAM, Reason.OFF_TOPIC, Reason.ABUSE, Reason.OTHER):
        comment = await accepted(service, known, an_arrival(text=f"Look, {reason}: {DOUBT}"))
        await ruled(service, ana, comment.id, Ruling(Status.REJECTED, reason))
    comment = await accepted(service, known, an_arrival(text=f"Honestly, {DOUBT}"))
    await ruled(service, ana, comment.id, FINE)

    found = await taught(service, known)

    assert [(one.reason, one.label, one.given_by) for one in found] == [
        (Reason.SPAM, Label.SPAM, ana.id),
        (Reason.APPROVED, Label.HAM, ana.id),
    ]
    async with service.open_reading() as work:
        assert await work.labels.count(known.site.id) == {Label.SPAM: 1, Label.HAM: 1}


async def test_a_changed_decision_relabels_and_is_remembered_as_disputed(
    service: Service, known: KnownSite, ana: Moderator, clock: FakeClock
) -> None:
    comment = await accepted(service, known, an_arrival(text=DOUBT))
    await ruled(service, ana, comment.id, SPAM_IS)
    clock.advance(minutes=1)
    await ruled(service, ana, comment.id, FINE, version=2)

    [found] = await taught(service, known)

    assert (found.label, found.disputes) == (Label.HAM, 1)


async def test_what_was_taken_back_teaches_nothing_and_is_no_dispute(
    service: Service, known: KnownSite, ana: Moderator, clock: FakeClock
) -> None:
    comment = await accepted(service, known, an_arrival(text=DOUBT))
    wrong = await ruled(service, ana, comment.id, SPAM_IS)
    await undo(ana, wrong, at_once=service.at_once, now=service.now)
    assert await taught(service, known) == []

    await ruled(service, ana, comment.id, FINE, version=3)

    [found] = await taught(service, known)
    assert (found.label, found.disputes) == (Label.HAM, 0)


async def test_a_verdict_of_the_machine_that_a_person_overturns_is_marked(
    service: Service, known: KnownSite, ana: Moderator
) -> None:
    rejected = await accepted(service, known, an_arrival(text=SPAM))
    published = await accepted(service, known)
    await ruled(service, ana, rejected.id, FINE)
    await ruled(service, ana, published.id, FINE)

    assert {one.id: one.overturned for one in await taught(service, known)} == {rejected.id: True, published.id: False}


async def test_what_the_audit_has_drawn_is_marked(service: Service, known: KnownSite, ana: Moderator) -> None:
    drawn = await accepted(service, with_policy(known, audit_sample=1.0))
    assert drawn.reason is Reason.AUDIT_SAMPLE
    await ruled(service, ana, drawn.id, FINE)

    [found] = await taught(service, known)

    assert found.audited


async def test_pages_hold_each_label_once_and_only_up_to_the_moment_that_was_asked_for(
    service: Service, known: KnownSite, ana: Moderator, clock: FakeClock
) -> None:
    for number in range(7):
        comment = await accepted(service, known, an_arrival(text=f"Number {number}, {DOUBT}"))
        await ruled(service, ana, comment.id, SPAM_IS)
        if number % 3 == 0:
            clock.advance(seconds=1)
    until = service.now()
    clock.advance(seconds=1)
    late = await accepted(service, known, an_arrival(text=f"Late, {DOUBT}"))
    await ruled(service, ana, late.id, SPAM_IS)

    found = await taught(service, known, limit=2)
    async with service.open_reading() as work:
        before, _ = await work.labels.page(known.site.id, after=None, until=until, limit=100)

    assert await count_of(service.house.database, decisions) == 16
    assert len(found) == len({one.id for one in found}) == 8
    assert len(before) == 7
