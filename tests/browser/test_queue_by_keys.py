"""A moderator's day by keys alone: decide, take back, tick, and never lose one's place."""

from __future__ import annotations

import time

import pytest

from moderation.domain import Status
from tests.browser.office import Office
from tests.makers import a_text

QUEUE = "/console/queue?sort=oldest"
DECISIONS = 100
APPROVED, PENDING, REJECTED = Status.APPROVED, Status.PENDING, Status.REJECTED


async def readers_write(office: Office, number: int) -> list[str]:
    return [await office.post(text=a_text(each), **{"author.name": f"Reader {each}"}) for each in range(number)]


async def test_a_hundred_decisions_by_keyboard_alone(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    ids = await readers_write(office, DECISIONS)
    seat = await office.seat()
    await seat.go(QUEUE)
    await seat.press("j")
    kinds = [("a",), ("s",), ("r", "3"), ("a",)]

    began = time.perf_counter()
    for number, comment in enumerate(ids):
        await seat.until("id => document.activeElement.id === `c-${id}`", comment)
        await seat.press(*kinds[number % len(kinds)])
    await seat.page.wait_for_selector("#empty:visible")
    await office.come_to(ids, [APPROVED, REJECTED, REJECTED, APPROVED] * (DECISIONS // 4))
    seconds = time.perf_counter() - began

    with capsys.disabled():
        print(f"\n{DECISIONS} decisions by keyboard alone: {seconds / DECISIONS:.3f} s each")  # noqa: T201
    await seat.no_faults()


async def test_what_was_decided_is_taken_back_one_by_one_where_it_was(office: Office) -> None:
    ids = await readers_write(office, 4)
    seat = await office.seat()
    await seat.go(QUEUE)

    await seat.press("j", "j", "a", "s")
    await office.come_to(ids, [PENDING, APPROVED, REJECTED, PENDING])
    assert await seat.at() == ids[3]
    await seat.press("u")
    await seat.hears("Undone.")
    assert await seat.at() == ids[2]
    await seat.press("u")
    await office.come_to(ids, [PENDING] * 4)
    await seat.until("id => document.activeElement.id === `c-${id}`", ids[1])

    shown = await seat.page.locator("#feed article").evaluate_all("all => all.map(one => one.dataset.comment)")
    assert shown == ids
    # What was taken back can be decided again: its version is known.
    await seat.press("s")
    await office.come_to(ids[1:2], [REJECTED])
    await seat.press("u")
    await seat.hears("Undone.")
    await seat.press("u")
    await seat.hears("There is nothing to undo.")


async def test_a_page_that_was_loaded_anew_undoes_the_last_decision_by_its_button(office: Office) -> None:
    ids = await readers_write(office, 2)
    seat = await office.seat()
    await seat.go(f"/console/comments/{ids[0]}")
    await seat.press("a")
    await seat.page.wait_for_url("**done=approved**")

    await seat.press("u")
    await seat.page.wait_for_url("**done=undone")

    await office.come_to(ids, [PENDING, PENDING])


async def test_keys_go_up_and_down_and_out_of_the_list(office: Office) -> None:
    ids = await readers_write(office, 3)
    seat = await office.seat()
    await seat.go(QUEUE)

    await seat.press("k")
    assert await seat.at() == ids[0]
    await seat.press("PageDown", "j", "j", "PageUp")
    assert await seat.at() == ids[1]
    await seat.press("Control+Home")
    assert await seat.page.evaluate("document.activeElement.id") == "q"
    await seat.press("a", "j", "?")
    assert await seat.page.input_value("#q") == "aj?"
    await seat.page.locator("#feed article").first.focus()
    await seat.press("/")
    assert await seat.page.evaluate("document.activeElement.id") == "q"
    # A new search takes the place of the one before.
    await seat.press("t", "e", "a")
    assert await seat.page.input_value("#q") == "tea"
    await seat.page.locator("#feed article").first.focus()
    await seat.press("?")
    assert await seat.page.locator("#help").is_visible()
    await seat.check_with_axe()
    await seat.press("Escape", "o")
    await seat.page.wait_for_url(f"**/comments/{ids[0]}")
    assert await office.statuses(ids) == [PENDING] * 3


async def test_a_reason_is_chosen_by_arrows_or_not_at_all(office: Office) -> None:
    ids = await readers_write(office, 2)
    seat = await office.seat()
    await seat.go(QUEUE)

    await seat.press("j", "r", "Escape")
    assert await seat.at() == ids[0]
    assert await seat.page.locator("details.reasons[open]").count() == 0
    await seat.press("r", "ArrowDown")
    await seat.check_with_axe()
    await seat.press("Enter")
    await office.come_to(ids, [REJECTED, PENDING])

    async with office.service.open_reading() as work:
        [comment] = [each for each in await work.happenings.decided_since(office.began, limit=9) if each.moderator]
    assert comment.reason == "hate"


async def test_ticked_comments_are_decided_together_and_put_back_together(office: Office) -> None:
    ids = await readers_write(office, 4)
    seat = await office.seat()
    await seat.go(QUEUE)

    await seat.press("j", "x", "j", "j", "x", "s")
    await seat.page.wait_for_url("**batch=**")
    await office.come_to(ids, [REJECTED, PENDING, REJECTED, PENDING])
    assert await seat.page.inner_text(".notice span") == "Rejected: 2."
    assert await seat.at() == ids[1]
    await seat.press("u")
    await seat.page.wait_for_url("**done=undone_many**")

    await office.come_to(ids, [PENDING] * 4)


async def test_all_that_a_filter_finds_is_decided_after_some_were(office: Office) -> None:
    ids = await readers_write(office, 4)
    seat = await office.seat()
    await seat.go(QUEUE)

    await seat.press("j", "a")
    await seat.until("document.getElementById('all').elements.expected.value === '3'")
    await office.come_to(ids[:1], [APPROVED])
    await seat.page.click("#all button.hard")
    await seat.page.wait_for_url("**batch=**")

    await office.come_to(ids, [APPROVED, REJECTED, REJECTED, REJECTED])


async def test_single_keys_work_with_caps_lock_and_shift_makes_them_others(office: Office) -> None:
    ids = await readers_write(office, 2)
    seat = await office.seat()
    await seat.go(QUEUE)

    await seat.press("J", "Shift+A")
    assert await seat.at() == ids[0]
    await seat.press("S")

    await office.come_to(ids, [REJECTED, PENDING])


async def test_single_keys_do_nothing_where_they_are_switched_off(office: Office) -> None:
    ids = await readers_write(office, 2)
    seat = await office.seat()
    await seat.go("/console/account")
    await seat.page.check("text=Single keys do nothing")
    await seat.page.click("text=Save for this device")
    await seat.go(QUEUE)

    await seat.page.locator("#feed article").first.focus()
    await seat.press("a", "s", "u", "x", "j", "?")
    assert await seat.at() == ids[0]
    await seat.press("PageDown")
    assert await seat.at() == ids[1]
    assert await office.statuses(ids) == [PENDING, PENDING]


async def test_a_comment_is_blurred_until_one_turns_to_it(office: Office) -> None:
    await readers_write(office, 2)
    seat = await office.seat()
    await seat.go("/console/account")
    await seat.page.check("text=Comments blurred")
    await seat.page.click("text=Save for this device")
    await seat.go(QUEUE)

    await seat.press("j")
    blurred = "all => all.map(one => getComputedStyle(one).filter !== 'none')"

    assert await seat.page.locator("#feed .text").evaluate_all(blurred) == [False, True]
