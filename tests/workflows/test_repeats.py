"""What others have said nearly the same is held for a person, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from moderation.domain import Reason, Receipt, Standing, Status
from moderation.policy import MOST_ALIKE
from moderation.storage.tables import comments, decisions, sketches
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.submit import submit
from tests.fakes import SPAM, FakeClock
from tests.makers import an_arrival
from tests.workflows.steps import a_delivery, accepted, count_of, edited, receipt_of, ruled, with_policy

CALL = "Neighbours, come to the town hall on Monday at noon and sign against the bridge, number"
OTHER = "The orchestra played beautifully last night, and the hall was full to the last seat."


def calls(count: int, *, first: int = 1) -> list[str]:
    return [f"{CALL} {number}!" for number in range(first, first + count)]


async def said(service: Service, known: KnownSite, texts: Sequence[str], *, email: str | None = None) -> list[Receipt]:
    """Sends texts one after the other, each by an author of its own unless told otherwise."""
    return [await accepted(service, known, an_arrival(text=text, email=email)) for text in texts]


async def said_at_once(service: Service, known: KnownSite, texts: Sequence[str]) -> list[Receipt]:
    """Sends texts in one list, each by an author of its own."""
    outcomes = await submit(
        known.site,
        [an_arrival(text=text) for text in texts],
        at_once=service.house.database.at_once,
        vault=service.house.vault,
        scorer=service.scorer,
        book=known.book,
        now=service.now,
        random=lambda: 0.5,
    )
    return [receipt_of(outcome) for outcome in outcomes]


async def detail_of(service: Service, receipt: Receipt) -> str | None:
    async with service.open_reading() as work:
        query = select(decisions.c.detail).where(decisions.c.comment_id == receipt.id)
        detail: str | None = (
            (await work.connection.execute(query.order_by(decisions.c.version.desc()))).scalars().first()
        )
    return detail


async def test_the_fourth_author_who_says_nearly_the_same_is_held(service: Service, known: KnownSite) -> None:
    receipts = await said(service, known, calls(4))
    innocent = await accepted(service, known, an_arrival(text=OTHER))

    assert [receipt.reason for receipt in [*receipts, innocent]] == [
        Reason.CLEAN,
        Reason.CLEAN,
        Reason.CLEAN,
        Reason.REPEATED,
        Reason.CLEAN,
    ]
    assert receipts[3].status is Status.PENDING
    assert await detail_of(service, receipts[3]) == "like 3 comments by 3 authors"


async def test_the_comments_of_one_list_see_each_other(service: Service, known: KnownSite) -> None:
    site = with_policy(known, repeat_limit=1)

    receipts = await said_at_once(service, site, calls(2))

    assert [receipt.reason for receipt in receipts] == [Reason.CLEAN, Reason.REPEATED]


async def test_the_number_of_authors_is_told_and_none_is_named(service: Service, known: KnownSite) -> None:
    await said(service, known, calls(3), email="busy@example.org")
    [receipt] = await said(service, known, calls(1, first=4))

    assert await detail_of(service, receipt) == "like 3 comments by 1 author"


async def test_authors_may_repeat_themselves(service: Service, known: KnownSite) -> None:
    receipts = await said(service, known, calls(6), email="busy@example.org")

    assert {receipt.reason for receipt in receipts} == {Reason.CLEAN}


@pytest.mark.parametrize(
    ("reason", "then"),
    [
        (Reason.SPAM, Reason.REPEATED),
        (Reason.ABUSE, Reason.REPEATED),
        (Reason.OFF_TOPIC, Reason.CLEAN),
    ],
)
async def test_what_a_person_has_rejected_once_is_held_whoever_says_it_again(
    service: Service, known: KnownSite, reason: Reason, then: Reason
) -> None:
    await accepted(service, known, an_arrival(external_id="c-1", text=f"{CALL} 1!", email="busy@example.org"))
    await ruled(service.house.database, "c-1", Status.REJECTED, reason, now=service.now())

    again = await said(service, known, calls(1, first=2), email="busy@example.org")
    other = await said(service, known, calls(1, first=3))

    assert [receipt.reason for receipt in again + other] == [then, then]
    if then is Reason.REPEATED:
        assert await detail_of(service, again[0]) == "like 1 comment by 1 author, 1 rejected"
        assert await detail_of(service, other[0]) == "like 2 comments by 1 author, 1 rejected"


async def test_spam_that_is_varied_until_it_scores_well_is_held(service: Service, known: KnownSite) -> None:
    words = "My uncle in the harbour sells them for a few coins, so write to me and"
    [rejected] = await said(service, known, [f"{words} {SPAM}"], email="busy@example.org")
    [varied] = await said(service, known, [f"{words} buy cheap watched"], email="busy@example.org")

    assert (rejected.reason, varied.reason) == (Reason.SPAM, Reason.REPEATED)


async def test_what_a_person_has_approved_does_not_count(service: Service, known: KnownSite) -> None:
    for number, text in enumerate(calls(3)):
        await accepted(service, known, an_arrival(external_id=f"c-{number}", text=text))
    await ruled(service.house.database, "c-1", Status.APPROVED, Reason.APPROVED, now=service.now())

    receipts = await said(service, known, calls(2, first=4))

    assert [receipt.reason for receipt in receipts] == [Reason.CLEAN, Reason.REPEATED]


async def test_a_trusted_author_passes(service: Service, known: KnownSite) -> None:
    await said(service, known, calls(3))
    first = await accepted(service, known, an_arrival(text=OTHER, email="trusted@example.org"))
    async with service.open_work() as work:
        query = select(comments.c.author_id).where(comments.c.id == first.id)
        author = (await work.connection.execute(query)).scalar_one()
        await work.authors.set_standing(author, Standing.TRUSTED)
        await work.commit()

    [receipt] = await said(service, known, calls(1, first=4), email="trusted@example.org")

    assert receipt.reason is Reason.CLEAN


async def test_a_site_can_turn_it_off_and_then_nothing_is_kept(service: Service, known: KnownSite) -> None:
    receipts = await said(service, with_policy(known, repeat_limit=0), calls(5))

    assert {receipt.reason for receipt in receipts} == {Reason.CLEAN}
    assert await count_of(service.house.database, sketches) == 0


async def test_what_was_said_a_month_ago_does_not_count(service: Service, known: KnownSite, clock: FakeClock) -> None:
    await said(service, known, calls(3))
    clock.advance(days=30, seconds=1)

    assert [receipt.reason for receipt in await said(service, known, calls(1, first=4))] == [Reason.CLEAN]


@pytest.mark.usefixtures("star")
async def test_what_was_said_at_another_site_does_not_count(service: Service, known: KnownSite) -> None:
    star = await service.directory.find("evening-star")
    assert star is not None
    await said(service, star, calls(3))

    assert [receipt.reason for receipt in await said(service, known, calls(1, first=4))] == [Reason.CLEAN]


async def test_an_edit_into_what_others_have_said_is_held(service: Service, known: KnownSite, clock: FakeClock) -> None:
    await said(service, known, calls(3))
    await accepted(service, known, an_arrival(external_id="c-1", text=OTHER))

    receipt = await edited(service, known, "c-1", f"{CALL} 4!", said_at=clock())

    assert (receipt.status, receipt.reason) == (Status.PENDING, Reason.REPEATED)
    assert await detail_of(service, receipt) == "like 3 comments by 3 authors"


async def test_an_edited_comment_is_not_like_itself_and_counts_with_its_new_text(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    site = with_policy(known, repeat_limit=1)
    await accepted(service, site, an_arrival(external_id="c-1", text=f"{CALL} 1!"))

    own = await edited(service, site, "c-1", f"{CALL} 2!", said_at=clock(), delivery="d-1")
    other = await edited(service, site, "c-1", OTHER, said_at=clock(), delivery="d-2")
    receipts = await said(service, site, [f"{CALL} 3!", f"{OTHER} Bravo."])

    assert [receipt.reason for receipt in [own, other, *receipts]] == [
        Reason.CLEAN,
        Reason.CLEAN,
        Reason.CLEAN,
        Reason.REPEATED,
    ]


async def test_an_edit_to_a_short_text_leaves_no_sketch(service: Service, known: KnownSite, clock: FakeClock) -> None:
    await accepted(service, known, an_arrival(external_id="c-1", text=OTHER))

    await edited(service, known, "c-1", "Bravo!", said_at=clock())

    assert await count_of(service.house.database, sketches) == 0


async def test_a_deleted_comment_takes_its_sketch_with_it(service: Service, known: KnownSite) -> None:
    await accepted(service, known, an_arrival(external_id="c-1", text=OTHER))

    await service.delete(known, "c-1", a_delivery("d-1"))

    assert await count_of(service.house.database, sketches) == 0


async def test_of_a_flood_of_one_text_only_so_many_are_remembered(service: Service, known: KnownSite) -> None:
    await said_at_once(service, known, calls(MOST_ALIKE + 20, first=100))
    [last] = await said(service, known, calls(1, first=200))

    assert await count_of(service.house.database, sketches) == MOST_ALIKE
    assert last.reason is Reason.REPEATED
    assert await detail_of(service, last) == f"like {MOST_ALIKE} or more comments by {MOST_ALIKE} authors"


async def test_old_sketches_are_forgotten_and_young_ones_are_not(
    service: Service, known: KnownSite, clock: FakeClock
) -> None:
    await accepted(service, known, an_arrival(text=OTHER))
    clock.advance(days=1)
    await accepted(service, known, an_arrival(text=f"{CALL} 1!"))
    clock.advance(days=29, seconds=1)

    await service.forget()

    assert await count_of(service.house.database, sketches) == 1
