"""A queue that stays open all day: it is read on and on, it changes meanwhile, and nothing of it gets lost."""

from __future__ import annotations

import asyncio

from playwright.async_api import Route

from moderation.domain import Status
from tests.browser.office import PATIENCE_SECONDS, Office
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


async def test_only_what_the_filter_finds_is_news_on_a_page_that_is_filtered(office: Office) -> None:
    bridge, harbour = {"id": "bridge"}, {"id": "harbour"}
    await office.post(text=a_text(1), article=bridge)
    seat = await office.seat()
    await seat.go(f"{QUEUE}&article=bridge")
    asked = []
    seat.page.on("response", lambda answer: asked.append(answer.url) if "/queue?" in answer.url else None)

    async with seat.page.expect_response("**/queue?*"):
        await office.post(text=a_text(2), article=harbour)
    assert not await seat.page.locator("#news").is_visible()
    new = await office.post(text=a_text(3), article=bridge)
    await seat.page.get_by_role("button", name="1 new").click()

    await seat.page.locator(f"#c-{new}").wait_for()
    assert len(asked) == 3  # one look for each, and the list itself
    await seat.no_faults()


async def test_a_line_that_a_proxy_has_refused_is_taken_up_again(office: Office) -> None:
    await office.post(text=a_text(1))
    seat = await office.seat()
    await seat.page.clock.install()
    refused = []

    async def refuse(route: Route) -> None:
        refused.append(route.request.url)
        await route.fulfill(status=502, body="Bad Gateway")

    await seat.context.route("**/events?*", refuse)
    await seat.go(QUEUE)
    await seat.until("document.documentElement.classList.contains('js')")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(refused) < 2:
            await seat.page.clock.run_for(11_000)
            await asyncio.sleep(0.02)
    await seat.context.unroute("**/events?*")

    await office.post(text=a_text(2))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await seat.page.get_by_role("button", name="1 new").is_visible():
            await seat.page.clock.run_for(11_000)
            await asyncio.sleep(0.02)


async def test_a_claim_that_nobody_renews_is_not_shown_for_ever(office: Office) -> None:
    one = await office.post(text=a_text(1))
    ana, ben = await office.seat("Ana"), await office.seat("Ben")
    await ben.page.clock.install()
    await ben.go(QUEUE)
    await ana.go(QUEUE)
    await ana.press("j")
    claim = ben.page.locator(f"#c-{one} [data-claim]")
    await claim.filter(has_text="Ana looks at this").wait_for()
    await ana.context.set_offline(True)

    await ben.page.clock.run_for(110_000)
    assert await claim.is_visible()
    await ben.page.clock.run_for(15_000)

    assert not await claim.is_visible()
    await ben.no_faults()


async def test_who_was_logged_out_in_another_tab_is_told_so(office: Office) -> None:
    ids = [await office.post(text=a_text(each)) for each in range(2)]
    seat = await office.seat()
    await seat.go(QUEUE)
    await seat.press("j")
    other = await seat.context.new_page()
    await other.goto("/console/account")
    await other.click("form.leave button")
    await other.wait_for_url("**/console/login?*")

    await seat.press("a")
    await seat.hears("You are not logged in here any more, and nothing was decided.")

    assert await seat.at() == ids[0]
    assert await office.statuses(ids) == [PENDING] * 2


async def test_a_comment_that_its_site_has_deleted_is_said_to_be_gone(office: Office) -> None:
    ids = [await office.post(text=a_text(each), external_id=f"c-{each}") for each in range(2)]
    seat = await office.seat()
    await seat.context.route("**/events?*", lambda route: route.abort())
    await seat.go(QUEUE)
    await seat.press("j")
    await seat.context.route("**/decisions", lambda route: route.fulfill(status=410, json={"code": "gone"}))

    await seat.press("a")
    await seat.hears("This comment is not there any more.")

    assert await seat.page.locator(f"#c-{ids[0]}.decided").count() == 1


async def test_what_a_colleague_decides_is_not_ticked_any_more_and_does_not_stop_the_others(office: Office) -> None:
    ids = [await office.post(text=a_text(each)) for each in range(3)]
    ana, ben = await office.seat("Ana"), await office.seat("Ben")
    await ana.go(QUEUE)
    await ana.press("j", "x", "j", "x", "j", "x")
    assert await ana.page.locator("#ticked").inner_text() == "3"
    await ben.go(QUEUE)
    await ben.press("j", "a")

    await ana.page.locator(f"#c-{ids[0]}.decided").wait_for()
    assert await ana.page.locator("#ticked").inner_text() == "2"
    await ana.press("s")
    await ana.page.locator("#told").get_by_text("Rejected: 2.").wait_for()

    await office.come_to(ids, [APPROVED, REJECTED, REJECTED])
    for seat in (ana, ben):
        await seat.no_faults()


async def test_a_tab_that_nobody_looks_at_leaves_the_line_to_others_and_hears_afterwards(office: Office) -> None:
    await office.post(text=a_text(1))
    seat = await office.seat()
    async with seat.page.expect_response("**/events?*"):
        await seat.go(QUEUE)
    turn = """hidden => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""

    async with seat.page.expect_event("requestfailed", lambda request: "/events?" in request.url):
        await seat.page.evaluate(turn, True)
    await office.post(text=a_text(2))
    await seat.page.evaluate(turn, False)

    await seat.page.get_by_role("button", name="1 new").wait_for()
    await seat.no_faults()
