"""The demonstration from end to end: a comment, the queue, a decision, and the comment under the article."""

from __future__ import annotations

from playwright.async_api import expect

from moderation.domain import Role
from moderation.workflows.demo import prepare_demo
from moderation.workflows.first_start import FIRST_SITE
from moderation.workflows.sites import add_site
from tests.browser.office import Office, Scheme, Seat

SCHEMES: list[Scheme] = ["light", "dark"]


async def begin(office: Office) -> None:
    """Makes the site and the article as the first start does."""
    service, now = office.service, office.service.now()
    await add_site(FIRST_SITE, "http://localhost", open_work=service.open_work, vault=service.house.vault, now=now)
    assert await prepare_demo(FIRST_SITE, url=f"{office.base}/demo/", open_work=service.open_work, now=now)


async def write(seat: Seat, text: str) -> None:
    for name, value in {"name": "Ana", "email": "ana@example.org", "comment": text}.items():
        await seat.page.fill(f"#{name}", value)


async def test_a_comment_goes_all_the_way(office: Office) -> None:
    await begin(office)
    reader = await office.visitor()
    await reader.go("/demo/")
    await write(reader, "I will miss the ferryman, too.")
    await reader.page.get_by_role("button", name="Send comment").click()
    await expect(reader.page.locator(".outcome")).to_contain_text("held for review")
    await reader.page.reload()
    await expect(reader.page.get_by_text("No comments yet.")).to_be_visible()

    moderator = await office.seat("kim", role=Role.ADMIN, sites=(FIRST_SITE,))
    await approve(moderator, "I will miss the ferryman, too.")
    await moderator.no_faults()

    await reader.page.reload()
    shown = reader.page.get_by_role("article", name="Comment by Ana").locator(".text")
    await expect(shown).to_have_text("I will miss the ferryman, too.")
    await reader.no_faults()


async def approve(moderator: Seat, text: str) -> None:
    """Goes from the article to the queue and approves a comment there."""
    page = await moderator.go("/demo/")
    await page.get_by_role("link", name="Open the console").click()
    waiting = page.locator("#feed article", has_text=text)
    await waiting.locator("[data-act=approve]").click()
    await moderator.hears("Approved.")
    await expect(waiting).to_have_count(0)


async def test_without_scripts_the_form_is_a_page_of_its_own(office: Office) -> None:
    await begin(office)
    reader = await office.visitor(scripts=False)
    await reader.go("/demo/")
    await reader.page.get_by_role("link", name="Write a comment").click()
    await write(reader, "")
    await reader.page.get_by_role("button", name="Send comment").click()
    await expect(reader.page.locator("#comment-fault")).to_have_text("Please write a comment.")
    await expect(reader.page.locator("#name")).to_have_value("Ana")
    await write(reader, "I will miss the ferryman, too.")
    await reader.page.get_by_role("button", name="Send comment").click()
    await expect(reader.page.get_by_role("status")).to_contain_text("held for review")
    await reader.page.get_by_role("link", name="Back to the article").click()
    await expect(reader.page.get_by_role("heading", name="The bridge is open")).to_be_visible()


async def test_axe_finds_no_barrier_and_all_fits_on_a_telephone(office: Office) -> None:
    await begin(office)
    for language in ("en", "de"):
        reader = await office.visitor(phone=True, language=language)
        for path in ("/demo/", f"/v1/sites/{FIRST_SITE}/articles/demo/form"):
            await reader.go(path)
            await reader.page.wait_for_selector("form")
            await reader.check_width()
            for scheme in SCHEMES:
                await reader.check_with_axe(scheme)
        await reader.page.locator("button[type=submit]").click()
        await expect(reader.page.locator("#name")).to_be_focused()
        await reader.check_with_axe()
