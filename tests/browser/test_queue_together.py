"""Several people at one queue, and readers who go on writing: everybody sees it, and nothing is decided twice."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from playwright.async_api import Route

from moderation.domain import Edit, Status
from tests.browser.office import Office, Seat
from tests.makers import a_text
from tests.workflows.steps import a_delivery

QUEUE = "/console/queue?sort=oldest"
APPROVED, PENDING, REJECTED = Status.APPROVED, Status.PENDING, Status.REJECTED


async def test_of_two_who_race_for_one_comment_one_decides_and_the_other_is_told_who_did_what(office: Office) -> None:
    one = await office.post(text=a_text(1))
    ana, ben = await office.seat("Ana"), await office.seat("Ben")
    for seat in (ana, ben):
        # Without the news, so that both believe that they are first.
        await seat.context.route("**/events?*", lambda route: route.abort())
        await seat.go(QUEUE)
        await seat.press("j")

    await asyncio.gather(ana.press("a"), ben.press("s"))
    said = "document.getElementById('told').innerText.includes('was first')"
    late = await first_of(ana.until(said), ben.until(said))

    [status] = await office.statuses([one])
    winner, loser = ("Ana", ben) if status is APPROVED else ("Ben", ana)
    assert late == (1 if winner == "Ana" else 0)
    wanted = "Approved (approved)" if winner == "Ana" else "Rejected (spam)"
    card = loser.page.locator(f"#c-{one}")
    assert await card.locator("[data-told]").inner_text() == f"{winner} was first: {wanted}"
    assert not await card.locator(".acts").is_visible()
    assert "Comments: 0 " in await loser.page.locator("#count").inner_text()
    await loser.check_with_axe()
    assert await loser.page.evaluate("window.broken") == []


async def first_of(*waiting: Coroutine[Any, Any, object]) -> int:
    """Returns which of them comes to an end first."""
    tasks = [asyncio.ensure_future(each) for each in waiting]
    done, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for each in left:
        each.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return tasks.index(done.pop())


async def test_a_colleagues_claim_and_decision_appear_while_one_reads(office: Office) -> None:
    one, two = [await office.post(text=a_text(each)) for each in range(2)]
    ana, ben = await office.seat("Ana"), await office.seat("Ben")
    await ben.go(QUEUE)
    await ben.press("j", "j")
    await ana.go(QUEUE)
    await ana.press("j")

    claim = ben.page.locator(f"#c-{one} [data-claim]")
    await claim.filter(has_text="Ana looks at this").wait_for()
    await ana.press("s")
    told = ben.page.locator(f"#c-{one} [data-told]")
    await told.filter(has_text="Ana was first: Rejected (spam)").wait_for()

    count = ben.page.locator("#count")
    assert "Comments: 1 " in await count.inner_text()  # though both are still shown
    assert await ben.at() == two  # nothing has moved under his eyes
    await ben.press("k")
    assert await ben.at() == two  # what is decided is passed over
    await ana.press("u")
    await ben.page.locator(f"#c-{one}:not(.decided)").wait_for()
    assert "Comments: 2 " in await count.inner_text()
    await ben.press("k", "a")
    await office.come_to([one, two], [APPROVED, PENDING])
    for seat in (ana, ben):
        await seat.no_faults()


async def test_what_is_edited_waits_still_and_what_is_decided_otherwise_stays_decided(office: Office) -> None:
    one, two = [await office.post(text=a_text(each), external_id=f"c-{each}") for each in range(2)]
    ana, ben = await office.seat("Ana"), await office.seat("Ben")
    await ana.go(QUEUE)
    count, told = ana.page.locator("#count"), ana.page.locator(f"#c-{one} [data-told]")

    known = await office.service.directory.find("daily-planet")
    assert known is not None
    edit = Edit("c-0", a_text(7))
    await office.service.edit(known, edit, a_delivery("d-1"), said_at=office.service.now())
    await told.filter(has_text="was changed meanwhile").wait_for()
    await ana.press("j", "a")
    await ana.hears("was changed meanwhile")
    assert "Comments: 2 " in await count.inner_text()
    await office.come_to([one, two], [PENDING, PENDING])

    await ben.go(f"/console/comments/{one}")
    await ben.press("a")
    await told.filter(has_text="Ben was first: Approved").wait_for()
    await ben.page.wait_for_url("**done=approved**")
    await ben.press("s")
    await told.filter(has_text="Ben was first: Rejected").wait_for()
    assert await ana.page.locator(f"#c-{one}.decided").count() == 1
    assert "Comments: 1 " in await count.inner_text()
    assert await ana.page.evaluate("window.broken") == []


async def test_new_comments_wait_behind_a_button_until_somebody_wants_them(office: Office) -> None:
    old = [await office.post(text=a_text(each)) for each in range(2)]
    seat = await office.seat()
    await seat.go(QUEUE)
    await seat.press("j", "j")

    new = [await office.post(text=a_text(each)) for each in range(2, 5)]
    button = seat.page.get_by_role("button", name="3 new")
    await button.wait_for()
    assert await seat.page.locator("#feed article").count() == 2
    assert await seat.at() == old[1]
    await button.click()
    await seat.until("document.querySelectorAll('#feed article').length === 5")

    assert await seat.at() == new[0]
    assert not await seat.page.locator("#news").is_visible()
    await seat.check_with_axe()
    await seat.press("a")
    await office.come_to([*old, *new], [PENDING, PENDING, APPROVED, PENDING, PENDING])
    await seat.no_faults()


async def test_what_comes_in_leaves_the_last_decision_to_be_taken_back(office: Office) -> None:
    ids = [await office.post(text=a_text(each)) for each in range(2)]
    seat = await office.seat()
    await seat.go(QUEUE)
    await seat.press("j", "a")
    await office.come_to(ids, [APPROVED, PENDING])

    await office.post(text=a_text(2))
    await seat.hears("New comments have come in.")
    await seat.page.locator("#told").get_by_role("button", name="Undo").click()

    await office.come_to(ids, [PENDING, PENDING])


async def two_of_three_rejected(office: Office) -> tuple[Seat, list[str]]:
    """Returns who has rejected two comments at once, and all three: the third one waits."""
    ids = [await office.post(text=a_text(each)) for each in range(3)]
    seat = await office.seat()
    await seat.go(QUEUE)
    await seat.press("j", "x", "j", "x", "s")
    await seat.page.wait_for_url("**batch=**")
    await office.come_to(ids, [REJECTED, REJECTED, PENDING])
    return seat, ids


async def test_what_comes_in_and_is_decided_leaves_many_to_be_taken_back(office: Office) -> None:
    seat, ids = await two_of_three_rejected(office)

    await office.post(text=a_text(3))
    await seat.hears("New comments have come in.")
    await seat.press("a")
    await office.come_to(ids, [REJECTED, REJECTED, APPROVED])
    await seat.press("u")
    await seat.hears("Undone.")
    await seat.press("u")
    await seat.page.wait_for_url("**done=undone_many**")

    await office.come_to(ids, [PENDING] * 3)


async def test_what_was_decided_before_is_undone_when_the_undo_on_its_way_has_arrived(office: Office) -> None:
    seat, ids = await two_of_three_rejected(office)
    asked = asyncio.Event()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        await asked.wait()
        await route.fulfill(response=answer)

    await seat.context.route("**/decisions", answer_late)
    await seat.press("a", "u", "u")
    asked.set()

    await seat.page.wait_for_url("**done=undone_many**")
    await office.come_to(ids, [PENDING] * 3)


async def test_what_came_while_the_line_was_broken_is_told_afterwards(office: Office) -> None:
    await office.post(text=a_text(1))
    seat = await office.seat()
    await seat.go(QUEUE)
    await office.post(text=a_text(2))
    await seat.page.get_by_role("button", name="1 new").wait_for()

    await seat.context.set_offline(True)
    await office.post(text=a_text(3))
    await seat.context.set_offline(False)

    await seat.page.get_by_role("button", name="2 new").wait_for()


async def test_what_waits_on_another_page_is_not_told_as_new(office: Office) -> None:
    for each in range(30):
        await office.post(text=a_text(each))
    seat = await office.seat()
    await seat.go(QUEUE)
    assert await seat.page.locator("#feed article").count() == 25
    await office.post(text=a_text(30))

    await seat.page.get_by_role("button", name="new").wait_for()
    assert await seat.page.get_by_role("button", name="new").inner_text() == "1 new"


async def test_a_decision_that_does_not_reach_the_server_comes_back(office: Office) -> None:
    ids = [await office.post(text=a_text(each)) for each in range(2)]
    seat = await office.seat()
    await seat.go(QUEUE)
    await seat.press("j")
    await seat.context.route("**/decisions", lambda route: route.abort())

    await seat.press("a")
    await seat.hears("This did not reach the server, and nothing was decided.")
    assert await seat.at() == ids[0]
    await seat.context.unroute("**/decisions")
    await seat.press("a")

    await office.come_to(ids, [APPROVED, PENDING])


async def test_the_next_page_is_fetched_before_the_last_comment_is_reached(office: Office) -> None:
    ids = [await office.post(text=a_text(each)) for each in range(30)]
    seat = await office.seat()
    await seat.go(QUEUE)

    assert await seat.page.locator("#feed article").count() == 25
    await seat.press("j", *["a"] * 18)
    await seat.until("document.querySelectorAll('#feed article').length === 12")

    assert await seat.at() == ids[18]
    assert await seat.page.locator("#next").count() == 0
    await office.come_to(ids, [APPROVED] * 18 + [PENDING] * 12)
