"""Readers complain and authors appeal, in a real browser; and moderators and administrators see what came of it."""

from __future__ import annotations

from uuid import UUID

from playwright.async_api import Page, expect

from moderation.domain import Role, Status
from moderation.workflows.appeal_links import appeal_key
from tests.browser.office import Office, Scheme, Seat
from tests.browser.press import a_news_site
from tests.browser.test_embed import set_policy

SCHEMES: list[Scheme] = ["light", "dark"]


async def looked_over(seat: Seat) -> None:
    """Fails if axe finds a barrier in light or dark, if the page is too wide, or if its policy was broken."""
    await seat.check_width()
    for scheme in SCHEMES:
        await seat.check_with_axe(scheme)
    await seat.no_faults()


async def test_a_comment_is_reported_from_the_thread_with_the_keyboard_alone(office: Office) -> None:
    async with a_news_site(office) as press:
        await set_policy(office, moderation="auto", allowed_origins=[press])
        comment = await office.post(external_id="c-1", **{"author.name": "Bo"})
        seat = await office.visitor(phone=True)
        await seat.page.goto(press)
        link = seat.page.get_by_role("link", name="Report the comment by Bo")
        await link.focus()
        async with seat.context.expect_page() as opened:
            await seat.page.keyboard.press("Enter")
        page: Page = await opened.value
        await seat.no_faults()
    seat = Seat(seat.context, page)
    await expect(page.get_by_role("heading", name="Report a comment")).to_be_visible()
    await looked_over(seat)
    await page.get_by_role("button", name="Send report").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.get_by_role("group", name="What is wrong with it?")).to_have_accessible_description(
        "Please choose what is wrong with the comment."
    )
    await looked_over(seat)
    await page.get_by_role("radio", name="Spam or advertising").focus()
    for _ in range(5):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.type("It denies a crime against humanity: § 130 StGB.")
    await page.get_by_role("checkbox").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(
        page.get_by_role("heading", name="Receipt: your notice of illegal content has arrived")
    ).to_be_visible()
    await looked_over(seat)

    kim = await office.seat("kim")
    await kim.go("/console/queue")
    await kim.page.get_by_role("link", name="Reported and public").click()
    await kim.page.get_by_role("link", name="Open the comment by Bo").click()
    await expect(kim.page.get_by_role("region", name="Readers' reports")).to_contain_text("§ 130 StGB")
    await kim.page.get_by_text("Reject, and name the rule or the law").click()
    await kim.page.get_by_label("Reason").select_option("illegal")
    await kim.page.get_by_label("Rule or law").fill("§ 130 StGB")
    await kim.check_with_axe()
    await kim.page.get_by_role("button", name="Reject", exact=True).click()
    await office.come_to([comment], [Status.REJECTED])
    await page.reload()
    await expect(page.get_by_role("status")).to_contain_text("The comment was rejected")


async def test_an_appeal_goes_from_the_link_to_another_moderator_and_back_without_scripts(office: Office) -> None:
    comment = await office.post(external_id="c-1", **{"author.name": "Bo"})
    kim, lee = await office.seat("kim"), await office.seat("lee", phone=True)
    page = await kim.go(f"/console/comments/{comment}")
    await page.get_by_text("Reject, and name the rule or the law").click()
    await page.get_by_label("Reason").select_option("abuse")
    await page.get_by_role("button", name="Reject", exact=True).click()
    await office.come_to([comment], [Status.REJECTED])
    known = await office.service.directory.find("daily-planet")
    assert known is not None
    link = f"/v1/sites/daily-planet/appeals/{appeal_key(office.service.house.vault, known.site.id, UUID(comment), 2)}"

    author = await office.visitor(scripts=False, phone=True)
    await author.go(link)
    await author.page.get_by_label("Why the decision is wrong").fill("I was quoting the mayor.")
    await author.page.get_by_role("button", name="Send appeal").click()
    await expect(author.page.get_by_role("status")).to_contain_text("Your appeal has arrived.")

    page = await kim.go("/console/appeals")
    await expect(page.get_by_text("Another moderator has to decide.")).to_be_visible()
    await looked_over(kim)
    page = await lee.go("/console/appeals")
    await looked_over(lee)
    await page.get_by_label("Answer").fill("You are right.")
    await page.get_by_role("button", name="Grant: approve the comment").click()
    await lee.hears("The appeal is granted.")
    await office.come_to([comment], [Status.APPROVED])
    await author.page.reload()
    await expect(author.page.get_by_text("You are right.")).to_be_visible()
    witness = await office.visitor()
    await witness.go(link)
    await looked_over(witness)


async def test_the_pages_of_endpoints_can_be_used_by_everybody(office: Office) -> None:
    for phone in (False, True):
        ada = await office.seat(f"ada-{phone}", role=Role.ADMIN, phone=phone)
        page = await ada.go("/console/endpoints")
        await page.get_by_label("Address").fill("https://planet.example.com/hook")
        await page.get_by_role("button", name="Add", exact=True).click()
        await expect(page.locator("#secret")).to_contain_text("whsec_")
        await office.post()
        await page.get_by_role("link", name="Back").click()
        await expect(page.get_by_role("cell", name="waiting").first).to_be_visible()
        await looked_over(ada)
        await page.get_by_role("button", name="Switch off").click()
        await ada.hears("The endpoint is off.")
        await ada.go("/console/endpoints")
        await looked_over(ada)
