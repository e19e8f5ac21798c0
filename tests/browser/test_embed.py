"""The thread under an article, in a real browser, on a page of another origin with a strict policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from moderation.workflows.sites import set_site
from tests.browser.office import PATIENCE_SECONDS, Office, Scheme, Seat
from tests.browser.press import a_news_site
from tests.makers import a_text

SCHEMES: list[Scheme] = ["light", "dark"]
HOSTILE = '<img src=x onerror="alert(1)">"\'><script>alert(2)</script>{name}&amp;\u202ejavascript:alert(3)'

TAKES_ALL = {"max_links": 1000, "repeat_limit": 0, "approve_below": 1.0, "reject_above": 1.0}


@pytest_asyncio.fixture(loop_scope="session")
async def press(office: Office) -> AsyncIterator[str]:
    async with a_news_site(office) as origin:
        await set_policy(office, moderation="auto", allowed_origins=[origin], min_fill_ms=0)
        yield origin


async def set_policy(office: Office, **settings: Any) -> None:
    """Sets the site, and waits until the service has seen it."""
    service, house = office.service, office.service.house
    policy = await set_site(
        "daily-planet", settings, open_work=service.open_work, defaults=house.defaults, now=house.now()
    )

    async def seen() -> bool:
        known = await service.directory.find("daily-planet")
        return known is not None and known.site.policy == policy

    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await seen():  # noqa: ASYNC110 - the directory tells nobody
            await asyncio.sleep(0.05)


async def reader(office: Office, press: str, **more: Any) -> Seat:
    """Opens the article and waits for the thread."""
    seat = await office.visitor(**more)
    await seat.page.goto(press)
    await seat.page.wait_for_selector("comment-thread form")
    return seat


async def type_in(page: Page, text: str) -> None:
    await page.keyboard.type(text)
    await page.keyboard.press("Tab")


async def fill_in(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        await page.fill(f"#{name}", text)
    await page.get_by_role("button", name="Send comment").click()


async def test_a_comment_is_written_with_the_keyboard_alone(office: Office, press: str) -> None:
    seat = await reader(office, press)
    page = seat.page
    await page.locator("a[href='#more']").focus()
    await page.keyboard.press("Tab")
    await type_in(page, "Ana")
    await type_in(page, "ana@example.org")
    await type_in(page, "")
    await type_in(page, "Thank you, this explains a lot.")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    outcome = page.locator(".outcome")
    await expect(outcome).to_have_text("Thank you. Your comment is published.")
    await expect(outcome).to_be_focused()
    article = page.get_by_role("article", name="Comment by Ana")
    await expect(article.locator(".text")).to_have_text("Thank you, this explains a lot.")
    await page.reload()
    await expect(article).to_be_visible()
    await expect(page.locator("#name")).to_have_value("Ana")
    await seat.no_faults()


async def test_only_name_and_website_are_remembered_and_only_when_asked(office: Office, press: str) -> None:
    seat = await reader(office, press)
    page = seat.page
    await fill_in(page, name="Bo", email="bo@example.org", website="bo.example", comment=a_text(1))
    await expect(page.locator(".outcome")).not_to_be_empty()
    assert await page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]

    await page.check("#remember")
    await fill_in(page, comment=a_text(2))
    await expect(page.locator("#comment")).to_be_empty()
    kept = await page.evaluate("Object.values(localStorage).join()")
    assert kept == '{"name":"Bo","website":"bo.example"}'
    assert await seat.context.cookies() == []


async def test_what_is_wrong_is_told_next_to_its_field_and_the_draft_stays(office: Office, press: str) -> None:
    seat = await reader(office, press)
    page = seat.page
    await fill_in(page, email="ana@", website="none", comment="A draft.")

    await expect(page.locator("#name")).to_be_focused()
    await expect(page.get_by_role("alert")).to_contain_text("not sent yet")
    for name, sentence in {
        "name": "Please enter your name.",
        "email": "This is not an email address that can receive mail.",
        "website": "Please enter the address of a web page, such as https://example.org, or leave this empty.",
    }.items():
        await expect(page.locator(f"#{name}")).to_have_attribute("aria-invalid", "true")
        await expect(page.locator(f"#{name}")).to_have_accessible_description(sentence)
    await expect(page.locator("#comment")).to_have_value("A draft.")
    await seat.check_with_axe()

    await fill_in(page, name="Ana", email="ana@example.org", website="")
    await expect(page.locator(".outcome")).to_have_text("Thank you. Your comment is published.")
    await expect(page.locator(".fault:visible")).to_have_count(0)


async def test_the_draft_stays_when_the_service_does_not_answer(office: Office, press: str) -> None:
    seat = await reader(office, press)
    await seat.context.set_offline(True)
    await fill_in(seat.page, name="Ana", email="ana@example.org", comment="Kept.")
    await expect(seat.page.get_by_role("alert")).to_contain_text("Nothing is lost")
    await expect(seat.page.locator("#comment")).to_have_value("Kept.")

    await seat.context.set_offline(False)
    await seat.page.get_by_role("button", name="Send comment").click()
    await expect(seat.page.locator(".outcome")).to_have_text("Thank you. Your comment is published.")


async def test_a_comment_that_waits_for_a_person_is_told_so_and_not_shown(office: Office, press: str) -> None:
    await set_policy(office, moderation="pre")
    seat = await reader(office, press)
    await fill_in(seat.page, name="Ana", email="ana@example.org", comment="Thank you.")
    await expect(seat.page.locator(".outcome")).to_contain_text("held for review")
    await expect(seat.page.get_by_role("article")).to_have_count(0)


async def test_everything_has_a_name_for_those_who_do_not_see_it(office: Office, press: str) -> None:
    await office.post(**{"author.name": "Bo", "external_id": "first"})
    seat = await reader(office, press)
    page = seat.page
    for name in ("Name", "Email", "Comment"):
        await expect(page.get_by_role("textbox", name=name, exact=True)).to_have_attribute("required", "")
    await expect(page.get_by_role("textbox", name="Website", exact=True)).to_be_visible()
    await expect(page.get_by_role("checkbox", name="Remember my name and website on this device")).to_be_visible()
    await expect(page.get_by_role("region", name="Comments")).to_be_visible()
    await expect(page.get_by_role("form", name="Write a comment")).to_be_visible()
    await expect(page.get_by_role("button", name="Reply to Bo")).to_be_visible()
    text = await page.locator("comment-thread form").inner_text()
    assert text.startswith("Your email address will not be published. Required fields are marked *")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
async def test_axe_finds_no_barrier(office: Office, press: str, phone: bool) -> None:
    await set_policy(office, **TAKES_ALL)
    parent = None
    for number in range(7):
        name = f"c-{number}"
        await office.post(
            external_id=name, parent_id=parent, **{"author.name": HOSTILE[:90], "author.url": "x.example"}
        )
        parent = name
    seat = await reader(office, press, phone=phone)
    await expect(seat.page.get_by_role("article")).to_have_count(7)
    await seat.check_width()
    for scheme in SCHEMES:
        await seat.check_with_axe(scheme)
    await seat.no_faults()


async def test_what_readers_write_is_text_and_never_markup(office: Office, press: str) -> None:
    article = f"{HOSTILE}/../?#%"
    async with a_news_site(office, article=article) as origin:
        await set_policy(office, allowed_origins=[origin], **TAKES_ALL)
        seat = await reader(office, origin)
        page = seat.page
        await fill_in(page, name=HOSTILE, email="ana@example.org", website="x.example/<b>", comment=HOSTILE)
        await expect(page.locator("#website")).to_be_focused()
        await fill_in(page, website="https://x.example/?a=%3Cb%3E&javascript:alert(4)")
        await expect(page.locator(".outcome")).to_contain_text("published")
        await page.reload()
        shown = page.get_by_role("article")
        await expect(shown.locator(".text")).to_have_text(HOSTILE)
        assert await shown.locator("strong").inner_text() == HOSTILE
        await shown.get_by_role("button").click()
        await expect(page.locator(".answer")).to_contain_text(HOSTILE)
        assert await page.locator("comment-thread img, comment-thread script").count() == 0
        link = shown.locator(".head").get_by_role("link")
        assert await link.get_attribute("rel") == "nofollow ugc noopener noreferrer"
        # What Chromium says of the form that was refused first.
        seat.faults = [fault for fault in seat.faults if "422" not in fault]
        await seat.no_faults()


async def test_replies_stand_under_what_they_answer_and_more_is_loaded_when_asked(office: Office, press: str) -> None:
    for number in range(60):
        await office.post(external_id=f"c-{number}", **{"author.name": f"Reader {number}"})
    seat = await reader(office, press)
    page = seat.page
    await expect(page.get_by_role("article")).to_have_count(50)
    await page.get_by_role("button", name="Reply to Reader 7").click()
    await expect(page.locator("#name")).to_be_focused()
    await fill_in(page, name="Ana", email="ana@example.org", comment="I see it the same way.")
    await expect(page.locator(".outcome")).not_to_be_empty()
    under = page.locator("li", has=page.get_by_role("article", name="Comment by Reader 7")).locator("ol article")
    await expect(under).to_have_accessible_name("Comment by Ana")

    await page.get_by_role("button", name="Load more comments").click()
    await expect(page.get_by_role("article")).to_have_count(61)
    await expect(page.get_by_role("article", name="Comment by Reader 50")).to_be_focused()
    await expect(page.get_by_role("button", name="Load more comments")).to_be_hidden()


async def test_the_thread_speaks_the_language_of_its_page(office: Office) -> None:
    async with a_news_site(office, language="de-AT") as origin:
        await set_policy(office, allowed_origins=[origin])
        seat = await reader(office, origin)
        await expect(seat.page.get_by_role("heading", name="Kommentare")).to_be_visible()
        await expect(seat.page.get_by_role("button", name="Kommentar senden")).to_be_visible()


async def test_another_article_is_shown_when_the_page_says_so(office: Office, press: str) -> None:
    await office.post(article={"id": "a-2"}, **{"author.name": "Bo"})
    seat = await reader(office, press)
    await seat.page.evaluate("document.querySelector('comment-thread').setAttribute('article', 'a-2')")
    await expect(seat.page.get_by_role("article", name="Comment by Bo")).to_be_visible()


async def test_a_page_changes_how_it_looks_by_custom_properties(office: Office, press: str) -> None:
    seat = await reader(office, press)
    await seat.page.evaluate(
        "document.querySelector('comment-thread').style.setProperty('--comment-thread-accent', 'rgb(1, 2, 3)')"
    )
    await expect(seat.page.get_by_role("button", name="Send comment")).to_have_css("background-color", "rgb(1, 2, 3)")


async def test_a_page_that_is_not_named_shows_the_thread_and_cannot_send(office: Office, press: str) -> None:
    await office.post(**{"author.name": "Bo"})
    await set_policy(office, allowed_origins=[])
    seat = await reader(office, press)
    await expect(seat.page.get_by_role("article", name="Comment by Bo")).to_be_visible()
    await fill_in(seat.page, name="Ana", email="ana@example.org", comment="Not from here.")
    await expect(seat.page.get_by_role("alert")).to_contain_text("could not be sent")


async def test_a_closed_article_shows_its_thread_and_neither_form_nor_replies(office: Office, press: str) -> None:
    await office.post(**{"author.name": "Bo"})
    async with office.service.open_work() as work:
        known = await work.sites.find("daily-planet")
        assert known is not None
        article = await work.articles.find(known.id, "a-1")
        assert article is not None
        await work.articles.change(article.id, {"comments": "closed"}, said_at=office.service.now())
        await work.commit()
    seat = await office.visitor()
    await seat.page.goto(press)
    await expect(seat.page.get_by_text("This article takes no more comments.")).to_be_visible()
    await expect(seat.page.get_by_role("article", name="Comment by Bo")).to_be_visible()
    await expect(seat.page.get_by_role("button")).to_have_count(0)
    await seat.check_with_axe()


async def test_a_form_that_was_open_for_too_long_only_has_to_be_sent_again(office: Office, press: str) -> None:
    seat = await office.visitor()
    path = "**/v1/sites/daily-planet/articles/a-1/form"
    old = {"token": "too-old", "comments": "open"}
    await seat.page.route(path, lambda route: route.fulfill(json=old, headers={"Access-Control-Allow-Origin": press}))
    async with seat.page.expect_request_finished(lambda request: request.url.endswith("/form")):
        await seat.page.goto(press)
    await seat.page.unroute(path)
    await fill_in(seat.page, name="Ana", email="ana@example.org", comment="Written over a holiday.")
    await expect(seat.page.get_by_role("alert")).to_contain_text("open for too long")
    await expect(seat.page.locator("#comment")).to_have_value("Written over a holiday.")
    await seat.page.get_by_role("button", name="Send comment").click()
    await expect(seat.page.locator(".outcome")).to_have_text("Thank you. Your comment is published.")
