"""A campaign by keys: all that say nearly the same leave the queue together, and come back together."""

from __future__ import annotations

from moderation.domain import Status
from tests.browser.office import Office
from tests.makers import a_text

QUEUE = "/console/queue?sort=oldest"
WORDS = "see how my uncle in the harbour made very much money with these old stamps"
PENDING, REJECTED, APPROVED = Status.PENDING, Status.REJECTED, Status.APPROVED


async def a_campaign(office: Office) -> list[str]:
    """Four who say nearly the same, and one between them who does not."""
    texts = [f"{WORDS} !", f"{WORDS} !!", a_text(1), f"{WORDS} !!!", f"{WORDS} !!!!"]
    return [await office.post(text=text) for text in texts]


async def test_a_campaign_is_decided_and_taken_back_by_keys(office: Office) -> None:
    ids = await a_campaign(office)
    seat = await office.seat()
    await seat.go(QUEUE)
    card = seat.page.locator(f"#c-{ids[1]}")
    assert await card.locator("[data-others]").inner_text() == "3 like this one"

    await seat.press("j", "j", "l")
    await seat.check_with_axe()
    await seat.check_with_axe("dark")
    await seat.press("1")  # the first of the menu: spam

    await seat.hears("Rejected: 4.")
    assert await seat.at() == ids[2]
    assert await seat.page.locator("#feed article").count() == 1
    assert "1" in await seat.page.locator("#count span").inner_text()
    await office.come_to(ids, [REJECTED, REJECTED, PENDING, REJECTED, REJECTED])
    await seat.press("u")
    await seat.hears("As before again: 4.")
    await office.come_to(ids, [PENDING] * 5)
    shown = await seat.page.locator("#feed article").evaluate_all("all => all.map(one => one.dataset.comment)")
    assert shown == ids
    # Versions are known: what came back can be decided again, alone and together.
    await seat.page.locator(f"#c-{ids[0]}").focus()
    await seat.press("a")
    await office.come_to(ids[:1], [APPROVED])
    await seat.until(
        "id => document.querySelector(`#c-${id} details.campaign summary`).textContent.includes('3')", ids[1]
    )
    assert await card.locator("[data-others]").inner_text() == "2 like this one"
    await seat.page.locator(f"#c-{ids[4]}").focus()
    await seat.press("l", "2")
    await office.come_to(ids, [APPROVED, APPROVED, PENDING, APPROVED, APPROVED])
    await seat.no_faults()


async def test_a_campaign_that_a_colleague_has_begun_to_decide_comes_back_with_its_number(office: Office) -> None:
    ids = await a_campaign(office)
    seat = await office.seat()
    await seat.context.route("**/events?*", lambda route: route.abort())
    await seat.go(QUEUE)
    colleague = await office.seat("Ben", phone=True)
    await colleague.go(f"/console/comments/{ids[0]}")
    await colleague.press("s")
    await office.come_to(ids[:1], [REJECTED])

    await seat.page.locator(f"#c-{ids[3]}").focus()
    await seat.press("l", "1")

    await seat.hears("There are 3 of them now, and nothing was decided.")
    assert await office.statuses(ids) == [REJECTED, PENDING, PENDING, PENDING, PENDING]
    assert await seat.at() == ids[3]
    await seat.press("l", "1")
    await office.come_to(ids, [REJECTED, REJECTED, PENDING, REJECTED, REJECTED])


async def test_what_a_colleague_has_decided_again_does_not_come_back_with_the_campaign(office: Office) -> None:
    ids = await a_campaign(office)
    seat = await office.seat()
    await seat.context.route("**/events?*", lambda route: route.abort())
    await seat.go(QUEUE)
    await seat.page.locator(f"#c-{ids[0]}").focus()
    await seat.press("l", "1")
    await office.come_to(ids, [REJECTED, REJECTED, PENDING, REJECTED, REJECTED])
    colleague = await office.seat("Ben", phone=True)
    await colleague.go(f"/console/comments/{ids[1]}")
    await colleague.press("a")
    await office.come_to(ids[1:2], [APPROVED])

    await seat.press("u")

    await seat.hears("As before again: 3.")
    await office.come_to(ids, [PENDING, APPROVED, PENDING, PENDING, PENDING])
    shown = await seat.page.locator("#feed article").evaluate_all("all => all.map(one => one.dataset.comment)")
    assert shown == [ids[0], *ids[2:]]
    assert "4" in await seat.page.locator("#count span").inner_text()


async def test_a_campaign_is_decided_from_the_page_of_one_of_its_comments_on_a_telephone(office: Office) -> None:
    ids = await a_campaign(office)
    seat = await office.seat(phone=True)
    await seat.go(f"/console/comments/{ids[3]}")

    await seat.press("l")
    await seat.check_width()
    await seat.check_with_axe()
    await seat.press("1")
    await seat.page.wait_for_url("**done=rejected**")
    await seat.hears("Rejected: 4.")
    await office.come_to(ids, [REJECTED, REJECTED, PENDING, REJECTED, REJECTED])

    await seat.go(f"/console/queue?like={ids[3]}&status=rejected&sort=oldest")
    assert await seat.page.locator("#feed article").count() == 4
    await seat.check_width()
    await seat.check_with_axe()
    await seat.no_faults()
