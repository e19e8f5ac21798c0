"""What every page of the console is, in a real browser: without barriers, and as wide as a telephone."""

from __future__ import annotations

import pytest
from playwright.async_api import Error

from moderation.domain import Role
from tests.browser.office import Office, Scheme

# Whoever adds a page that needs no id in its address adds it here too.
PAGES = ["/console/account", "/console/accounts"]
SCHEMES: list[Scheme] = ["light", "dark"]
MARKUP = "<img src=x onerror=alert(1)>"


async def test_axe_finds_no_barrier_and_no_rule_is_broken(office: Office) -> None:
    visitor = await office.visitor()
    admin = await office.seat(MARKUP, role=Role.ADMIN)
    for seat, pages in ((visitor, ["/console/login"]), (admin, PAGES)):
        for path in pages:
            await seat.go(path)
            for scheme in SCHEMES:
                await seat.check_with_axe(scheme)
            await seat.no_faults()


@pytest.mark.parametrize("language", ["en", "de"])
async def test_pages_fit_on_a_telephone(office: Office, language: str) -> None:
    visitor = await office.visitor(language=language, phone=True)
    admin = await office.seat(MARKUP, role=Role.ADMIN, language=language, phone=True)
    for seat, pages in ((visitor, ["/console/login"]), (admin, PAGES)):
        for path in pages:
            await seat.go(path)
            await seat.check_width()


async def test_on_a_telephone_the_navigation_opens_above_the_page(office: Office) -> None:
    seat = await office.seat(phone=True)
    menu = seat.page.locator("#menu")
    assert not await menu.is_visible()

    await seat.page.click("button.menu")
    assert await menu.is_visible()
    await seat.check_with_axe()
    await seat.page.keyboard.press("Escape")
    assert not await menu.is_visible()


async def test_without_scripts_pages_are_the_same(office: Office) -> None:
    seat = await office.seat(scripts=False)
    page = await seat.go("/console/account")

    await page.check("text=In shades of grey")
    await page.click("text=Save for this device")

    assert await page.get_attribute("html", "data-grey") == ""
    assert await page.inner_text(".done") == "Saved."


async def test_a_script_of_a_stranger_would_be_noticed(office: Office) -> None:
    seat = await office.seat()
    with pytest.raises(Error, match="TrustedScript"):
        await seat.page.evaluate("document.body.setAttribute('onclick', 'alert(1)')")

    with pytest.raises(AssertionError):
        await seat.no_faults()
