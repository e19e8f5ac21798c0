"""The desk beside the queue in a real browser: settings that are tried out while they are typed, authors by keys, and a
whole working day without any script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from moderation.domain import Role, Status
from tests.browser.office import Office
from tests.makers import a_text

APPROVED, PENDING, REJECTED = Status.APPROVED, Status.PENDING, Status.REJECTED


async def test_what_settings_would_change_is_shown_while_they_are_typed(office: Office) -> None:
    for number in range(3):
        await office.post(text=a_text(number))
    seat = await office.seat(role=Role.ADMIN)
    page = await seat.go("/console/settings")
    outcome = page.locator("#outcome")

    await page.select_option("#moderation", "auto")
    await expect(outcome).to_contain_text("Of the last 3 comments, 3 would be decided otherwise.")
    await expect(page.locator("#trying-said")).to_contain_text("3 would be decided otherwise")
    await page.get_by_label("Blocked words").fill("school\nriver")
    await page.get_by_label("Try a text out").fill("The SCHOOL by the river")
    await expect(outcome.locator("mark")).to_have_text(["school", "river"])
    assert await page.evaluate("document.activeElement.id") == "text"
    await page.get_by_label("Reject from a score of").fill("7")
    await expect(outcome.get_by_role("alert")).to_contain_text("This must be a number from 0 to 1.")
    await page.get_by_label("Reject from a score of").fill("")
    await expect(outcome.get_by_role("alert")).to_have_count(0)
    await seat.check_with_axe()

    # Enter tries out and does not save: whoever saves says so.
    await page.get_by_label("Most links").press("Enter")
    await expect(page.get_by_role("heading", name="This text")).to_be_visible()
    assert "done=saved" not in page.url
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**done=saved")
    await expect(page.get_by_label("Blocked words")).to_have_value("school\nriver")
    seat.faults = [fault for fault in seat.faults if "422" not in fault]
    await seat.no_faults()


async def test_all_of_an_author_is_decided_and_the_author_judged_and_both_taken_back_by_a_key(office: Office) -> None:
    ids = [await office.post(text=a_text(each), **{"author.email": "bo@example.org"}) for each in range(3)]
    seat = await office.seat()
    page = await seat.go("/console/queue")
    await page.locator("#feed article .record a").first.click()
    await page.wait_for_url("**/authors/*")

    await page.locator("#all").get_by_role("button", name="Spam").click()
    await page.wait_for_url("**batch=*")
    await office.come_to(ids, [REJECTED] * 3)
    await seat.press("u")
    await page.wait_for_url("**done=undone_many**")
    await office.come_to(ids, [PENDING] * 3)
    await page.get_by_role("button", name="Always hold").click()
    await page.wait_for_url("**done=judged**")
    await expect(page.locator("dl.facts .chip")).to_have_text("held")
    await seat.press("u")
    await expect(page.locator("dl.facts .chip")).to_have_text("as everybody")
    await seat.no_faults()


async def choose(page: Page, row: str, button: str) -> None:
    await page.locator("article", has_text=row).get_by_role("button", name=button).click()


async def test_a_working_day_without_any_script(office: Office, tmp_path: Path) -> None:
    ids = [
        await office.post(text=f"{name} {a_text(number)}", external_id=name, **{"author.email": f"{name}@example.org"})
        for number, name in enumerate(("first", "second", "third", "fourth", "fifth"))
    ]
    seat = await office.seat("root", role=Role.ADMIN, scripts=False)
    page = await seat.go("/console/queue")

    await choose(page, "first", "Approve")
    await expect(page.locator(".notice")).to_contain_text("Approved.")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".notice")).to_contain_text("Undone.")
    second = page.locator("article", has_text="second")
    await second.locator("summary", has_text="Reject").click()
    await second.get_by_role("button", name="hate", exact=True).click()
    for name in ("third", "fourth"):
        await page.locator("article", has_text=name).get_by_role("checkbox").check()
    await page.locator("#bulk").get_by_role("button", name="Spam").click()
    await expect(page.locator(".notice")).to_contain_text("Rejected: 2.")
    await office.come_to(ids, [PENDING, REJECTED, REJECTED, REJECTED, PENDING])
    await page.get_by_role("button", name="Undo").click()
    await office.come_to(ids, [PENDING, REJECTED, PENDING, PENDING, PENDING])

    await page.get_by_label("Words in the text").fill("fifth")
    await page.get_by_role("button", name="Show").click()
    await page.get_by_role("link", name="Open the comment").click()
    await page.get_by_label("Note for colleagues").fill("Look <b>twice</b>.")
    await page.get_by_role("button", name="Save the note").click()
    await expect(page.get_by_text("Look <b>twice</b>.")).to_be_visible()
    await page.get_by_role("link", name="Author Ana").click()
    await page.get_by_label("Reason", exact=True).fill("again")
    await page.get_by_role("button", name="Ban or suspend").click()
    await expect(page.locator("dl.facts .chip")).to_have_text("banned")

    await page.get_by_role("link", name="By score").click()
    await page.get_by_label("From (percent)").fill("0")
    await page.get_by_role("button", name="Look at them").click()
    await page.locator("#all").get_by_role("button", name="Approve").click()
    await office.come_to(ids, [APPROVED, REJECTED, APPROVED, APPROVED, APPROVED])

    await page.get_by_role("link", name="Articles").click()
    await page.get_by_role("button", name="Close comments").click()
    await expect(page.get_by_role("button", name="Open comments")).to_be_visible()
    await page.get_by_role("link", name="Site settings").click()
    await page.get_by_label("Publish below a score of").fill("0.4")
    await page.get_by_role("button", name="See what would change").click()
    await expect(page.locator("#outcome")).to_contain_text("Of the last 5 comments, 0 would")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Publish below a score of")).to_have_value("0.4")
    await page.get_by_role("link", name="My figures").click()
    await expect(page.locator(".tiles dd").first).to_contain_text("8")
    await page.get_by_role("link", name="Status").click()
    await expect(page.get_by_text("All is well.")).to_be_visible()
    await page.get_by_role("link", name="Audit trail").click()
    await expect(page.locator(".trail b").first).to_have_text("Settings changed")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download as a table").click()
    table = tmp_path / "audit.csv"
    await (await download.value).save_as(table)
    assert table.read_text(encoding="utf-8").startswith('"time","person","action"')
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_text("You are logged out.")).to_be_visible()


async def test_a_range_of_scores_is_dragged_looked_at_decided_and_put_back(office: Office) -> None:
    ids = [await office.post(text=a_text(each)) for each in range(4)]
    spam = await office.post(text="Check out my channel http://cheap-pills.example.com and make easy money now!!!")
    seat = await office.seat()
    page = await seat.go("/console/scores")
    bars = page.locator("#bars .bar")

    await bars.first.hover()
    await page.mouse.down()
    await bars.nth(5).hover()
    await expect(page.locator("#bars .chosen")).to_have_count(6)
    await expect(page.get_by_label("Up to (percent)")).to_have_value("30")
    await page.mouse.up()
    await page.wait_for_url("**low=0&high=30")
    await expect(page.locator("#found-title")).to_have_text("From 0 to 30 %: 4")
    assert await page.locator(".samples article").count() >= 1
    await page.locator("#all").get_by_role("button", name="Approve").click()
    await office.come_to([*ids, spam], [APPROVED] * 4 + [PENDING])
    await page.get_by_role("button", name="Undo").click()
    await office.come_to([*ids, spam], [PENDING] * 5)

    # By keys: each bar is a link, and those without a comment are passed by.
    await page.locator("#bars .bar:not([tabindex])").last.focus()
    await seat.press("Enter")
    await expect(page.locator("#found-title")).to_have_text("From 95 to 100 %: 1")
    await seat.no_faults()


_TEXTS = """() => {
  const bars = document.getElementById("bars");
  const above = bars.previousElementSibling.getBoundingClientRect().bottom;
  const top = getComputedStyle(bars).overflow === "visible" ? above : bars.getBoundingClientRect().top;
  const boxes = (which) => [...bars.querySelectorAll(which)].map((text) => text.getBoundingClientRect());
  const shown = (which) => boxes(which).filter((box) => box.width);
  const axis = shown(".axis");
  return {
    cut: shown("text").filter((box) => box.top < top).length,
    met: axis.filter((box, at) => at && box.left < axis[at - 1].right).length,
    axis: axis.length,
  };
}"""


@pytest.mark.parametrize("phone", [False, True])
async def test_the_numbers_of_the_picture_are_whole_and_apart(office: Office, phone: bool) -> None:
    for each in range(3):
        await office.post(text=a_text(each))
    seat = await office.seat(phone=phone)
    page = await seat.go("/console/scores?low=0&high=5")

    assert await page.evaluate(_TEXTS) == {"cut": 0, "met": 0, "axis": 6 if phone else 11}
    await seat.check_width()


async def test_what_was_done_is_said_in_whole_words(office: Office) -> None:
    await office.post(text=a_text(1))
    seat = await office.seat()
    page = await seat.go("/console/queue")
    await seat.press("j", "a")

    said = page.locator("#told span")
    await expect(said).to_have_text("Approved.")
    height = await said.evaluate("(said) => said.offsetHeight / Number.parseFloat(getComputedStyle(said).lineHeight)")
    assert height < 1.5  # lines


# How many buttons of the comments are covered by what was done, and whether it leaves room for what one is at.
_COVERED = """() => {
  const said = document.querySelector("#told .notice").getBoundingClientRect();
  const met = (at) => at.top < said.bottom && said.top < at.bottom && at.left < said.right && said.left < at.right;
  const all = [...document.querySelectorAll("#feed :is(button, summary)")];
  const buttons = all.filter((button) => button.checkVisibility());
  const at = document.activeElement.getBoundingClientRect();
  return {
    covered: buttons.filter((button) => met(button.getBoundingClientRect())).length,
    room: at.top - said.bottom >= 0 && said.top >= 0 && at.top < innerHeight / 2,
  };
}"""


async def test_on_a_telephone_what_was_done_covers_no_button_and_the_menu_is_whole(office: Office) -> None:
    for number in range(5):
        await office.post(text=a_text(number))
    seat = await office.seat(phone=True, role=Role.ADMIN)
    page = await seat.go("/console/queue")

    for _ in range(2):
        await page.locator("#feed [data-act=approve]").first.click()
        await seat.hears("Approved.")
        assert await page.evaluate(_COVERED) == {"covered": 0, "room": True}
    await page.set_viewport_size({"width": 360, "height": 500})
    await page.evaluate("scrollTo(0, 0)")
    await page.click("button.menu")

    menu = await page.locator("#menu").bounding_box()
    assert menu is not None
    assert menu["y"] >= 0
    assert menu["y"] + menu["height"] <= 500
    assert await page.evaluate("document.getElementById('menu').scrollTop") == 0
    await seat.check_width()
