"""What every page of the console is, in a real browser: without barriers, and as wide as a telephone."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Error, Page, ViewportSize

from moderation.domain import Reason, Role, Ruling, Standing, Status
from moderation.workflows import authors, queue, review
from tests.browser.office import PHONE, Office, Scheme, Seat
from tests.makers import a_text

SCHEMES: list[Scheme] = ["light", "dark"]
MARKUP = "<img src=x onerror=alert(1)>"
# What is left of a window of 1280 pixels when everything is four times as large (WCAG 1.4.10).
ENLARGED: ViewportSize = {"width": 320, "height": 256}
# Whoever adds a page that needs no id in its address adds it here.
PAGES = [
    *("/console/queue", "/console/queue?q=%00", "/console/scores", "/console/scores?low=0&high=100"),
    *("/console/articles", "/console/authors", "/console/status", "/console/settings", "/console/audit"),
    *("/console/models", "/console/appeals", "/console/endpoints"),
    *("/console/figures", "/console/account", "/console/accounts", "/console/nowhere"),
]


async def busy_office(office: Office) -> tuple[Seat, list[str]]:
    """Fills every page with something; returns an administrator's seat and the addresses of all pages."""
    comment = await office.post(text="Please visit https://example.org/ and look.", **{"author.name": MARKUP})
    await office.post(text=a_text(1), **{"article.title": "A tram", "article.url": "https://planet.example.com/tram"})
    seat = await office.seat(MARKUP, role=Role.ADMIN)
    service, key = office.service, UUID(comment)
    async with service.open_reading() as work:
        admin = await work.moderators.find(MARKUP)
        [found] = await work.items.all_of([key], now=service.now())
    assert admin is not None
    write: dict[str, Any] = {"at_once": service.at_once, "now": service.now}
    until = service.now() + timedelta(days=3)
    await queue.note(admin, key, MARKUP, **write)
    await review.rule(admin, key, Ruling(Status.REJECTED, Reason.SPAM), version=1, **write)
    await review.rule(admin, key, Ruling(Status.PENDING, Reason.OTHER, MARKUP), version=2, **write)
    await authors.set_standing(admin, found.author_id, Standing.BANNED, until=until, reason=MARKUP, **write)
    return seat, [*PAGES, f"/console/comments/{comment}", f"/console/authors/{found.author_id}?was=normal"]


def open_everything(page: Page) -> Awaitable[None]:
    """Opens all that is folded."""
    return page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


async def test_axe_finds_no_barrier_and_no_rule_is_broken(office: Office) -> None:
    visitor = await office.visitor()
    admin, pages = await busy_office(office)
    for seat, paths in ((visitor, ["/console/login"]), (admin, pages)):
        for path in paths:
            await seat.go(path)
            await open_everything(seat.page)
            for scheme in SCHEMES:
                await seat.check_with_axe(scheme)
            # What Chromium says of the addresses that are wrong on purpose.
            seat.faults = [fault for fault in seat.faults if "404" not in fault and "422" not in fault]
            await seat.no_faults()


@pytest.mark.parametrize("language", ["en", "de"])
async def test_pages_fit_on_a_telephone_and_four_times_as_large(office: Office, language: str) -> None:
    _, pages = await busy_office(office)
    visitor = await office.visitor(language=language, phone=True)
    admin = await office.seat("root", role=Role.ADMIN, language=language, phone=True)
    for seat, paths in ((visitor, ["/console/login"]), (admin, pages)):
        for path in paths:
            await seat.page.set_viewport_size(PHONE)
            await seat.go(path)
            assert await seat.page.get_attribute("html", "lang") == language
            await open_everything(seat.page)
            await seat.check_width()
            await seat.page.set_viewport_size(ENLARGED)
            await seat.check_width()


async def test_with_few_colours_everything_can_still_be_told_apart(office: Office) -> None:
    seat, pages = await busy_office(office)
    await seat.page.emulate_media(forced_colors="active")
    for path in pages:
        await seat.go(path)
        # What is a button looks like one, and where one is can be seen, when all colours are the reader's own.
        bare = await seat.page.evaluate(
            "() => [...document.querySelectorAll('button')].filter((each) => each.checkVisibility()"
            " && getComputedStyle(each).borderStyle === 'none').length"
        )
        assert bare == 0, path
        await seat.press("Tab", "Tab", "Tab")
        outlined = await seat.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outlined != "none", path
    await seat.go("/console/figures")
    drawn = await seat.page.locator("svg rect").evaluate_all("all => all.map(one => getComputedStyle(one).fill)")
    assert len(set(drawn)) == len(drawn) == 2


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
