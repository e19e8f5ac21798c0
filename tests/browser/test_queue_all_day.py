"""A queue that stays open all day: it is read on and on, it changes meanwhile, and nothing of it gets lost."""

from __future__ import annotations

from moderation.domain import Status
from tests.browser.office import Office
from tests.makers import a_text

QUEUE = "/console/queue?sort=oldest"
LISTED = "() => [...document.querySelectorAll('#feed article')].map((article) => article.dataset.comment)"
APPROVED, PENDING, REJECTED = Status.APPROVED, Status.PENDING, Status.REJECTED


async def test_what_follows_is_fetched_as_well_for_those_who_read_and_decide_nothing(office: Office) -> None:
    ids = [await office.post(text=a_text(each)) for each in range(30)]
    seat = await office.seat()
    await seat.go(QUEUE)

    await seat.press(*["j"] * 25)
    await seat.until("document.querySelectorAll('#feed article').length === 30")
    await seat.press(*["j"] * 5)

    assert await seat.at() == ids[-1]
    assert await seat.page.evaluate(LISTED) == ids
    await seat.no_faults()


async def test_no_comment_is_left_out_when_the_list_is_read_anew(office: Office) -> None:
    ids = [await office.post(text=a_text(each)) for each in range(40)]
    seat = await office.seat()
    await seat.go(QUEUE)
    await seat.press("j", *["a"] * 18)
    await seat.until("document.getElementById('next') === null")  # all are there: seven, and fifteen
    await office.come_to(ids, [APPROVED] * 18 + [PENDING] * 22)

    ids += [await office.post(text=a_text(each)) for each in range(40, 46)]
    await seat.page.get_by_role("button", name="6 new").click()
    await seat.until("document.querySelectorAll('#feed article').length === 25")
    await seat.press(*["j"] * 24)
    await seat.until("document.querySelectorAll('#feed article').length === 28")

    assert await seat.page.evaluate(LISTED) == ids[18:]
    await seat.no_faults()


async def test_what_comes_into_an_empty_queue_can_be_ticked_and_decided_together(office: Office) -> None:
    seat = await office.seat()
    await seat.go(QUEUE)
    ids = [await office.post(text=a_text(each)) for each in range(2)]

    await seat.page.get_by_role("button", name="2 new").click()
    await seat.page.locator("html.js #feed article").nth(1).wait_for()
    await seat.press("j", "x", "j", "x", "s")
    await seat.page.locator("#told").get_by_text("Rejected: 2.").wait_for()

    await office.come_to(ids, [REJECTED] * 2)
    await seat.no_faults()


async def test_a_key_that_is_held_down_decides_once_and_walks_on(office: Office) -> None:
    ids = [await office.post(text=a_text(each)) for each in range(4)]
    seat = await office.seat()
    await seat.go(QUEUE)
    await seat.press("j")

    for key in ("a", "a", "a", "j", "j"):  # without an `up` between them: as a key that is held down
        await seat.page.keyboard.down(key)
    assert await seat.page.evaluate(LISTED) == ids[1:]
    assert await seat.at() == ids[3]
    for key in ("a", "j"):
        await seat.page.keyboard.up(key)

    await seat.press("u")
    await office.come_to(ids, [PENDING] * 4)
    await seat.no_faults()
