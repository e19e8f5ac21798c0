"""The settings of a site as a page: tried out before they are saved, on comments and on a text, without any script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from moderation.domain import Role
from moderation.policy import SETTINGS
from moderation.web.server import RunningServer
from moderation.wiring import Service
from tests.doors.browser import OWN_PAGE, Browser, Page, a_browser, an_account
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import SiteSystem

SETTINGS_PAGE = "/console/settings?site=daily-planet"

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def root(server: RunningServer, service: Service, site: SiteSystem) -> AsyncIterator[Browser]:
    """The browser of an administrator."""
    await an_account(service, "root", Role.ADMIN, [site.slug])
    async with a_browser(server) as browser:
        await browser.log_in("root")
        yield browser


@pytest.fixture
async def lee(service: Service, site: SiteSystem) -> Desk:
    """A colleague who uses the API."""
    return await a_desk(service, site, role=Role.ADMIN, name="lee")


async def send(browser: Browser, page: Page, do: str, **typed: str) -> Page:
    """Types into the form and presses one of its buttons."""
    kept = {name: value for name, value in page.form(SETTINGS_PAGE).fields if name not in typed}
    # A choice and a list of words are sent as they are shown, like every field.
    shown = {name: value for name, value in selected(page).items() if name not in typed}
    return await browser.post(SETTINGS_PAGE, {**kept, **shown, **typed, "do": do}, **OWN_PAGE)


def selected(page: Page) -> dict[str, str]:
    """Returns what is chosen, and what stands in the lists of words."""
    found = re.findall(r'<select id="(\w+)".*?</select>', page.text, re.DOTALL)
    chosen = {}
    for name in found:
        part = page.text.split(f'<select id="{name}"')[1].split("</select>")[0]
        chosen[name] = next(iter(re.findall(r'<option value="([^"]*)" selected', part)), "")
    areas = re.findall(r'<textarea id="(\w+)"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    return {**{name: value for name, value in chosen.items() if name in SETTINGS}, **dict(areas)}


async def settings_of(desk: Desk) -> dict[str, object]:
    """Returns what the site has set itself."""
    answer = await desk.ask("GET", f"/v1/sites/{desk.site.slug}/settings")
    return {name: told["value"] for name, told in answer.json["settings"].items() if told["own"]}


async def test_every_setting_is_there_with_its_sentence_and_its_default(root: Browser) -> None:
    page = await root.get(SETTINGS_PAGE)

    names = page.form(SETTINGS_PAGE).names
    assert set(SETTINGS) <= set(names)
    assert 'placeholder="0.95"' in page.text
    assert '<option value="">Default: rules decide</option>' in page.text
    for name in SETTINGS:
        assert f'<label for="{name}">' in page.text
        assert f'id="{name}-hint"' in page.text


async def test_settings_are_tried_out_and_nothing_is_saved(root: Browser, site: SiteSystem, lee: Desk) -> None:
    for number in range(3):
        await held(site, f"c-{number}", "click here <b>now</b>")
    before = await settings_of(lee)

    tried = await send(
        root,
        await root.get(SETTINGS_PAGE),
        "preview",
        approve_below="0.7",
        text="A fine CASINO today",
        blocked_words="casino\nroulette, or cards",
    )

    assert tried.status == 200
    assert "Of the last 3 comments, 3 would be decided otherwise." in tried.text
    assert "&lt;b&gt;now&lt;/b&gt;" in tried.text
    assert "Waiting (doubtful) → Approved (nothing against it)" in tried.text
    assert "<mark><bdi>casino</bdi></mark>" in tried.text
    assert '<b class="status rejected">Rejected</b>: blocked word' in tried.text
    assert 'value="0.7"' in tried.text
    assert await settings_of(lee) == before


async def test_settings_are_saved_and_go_back_to_their_defaults(root: Browser, site: SiteSystem, lee: Desk) -> None:
    page = await root.get(SETTINGS_PAGE)
    words = "casino\r\n  free, and easy \r\n\r\n<b>"

    saved = await send(
        root,
        page,
        "save",
        moderation="pre",
        reject_above="0.9",
        max_links="5",
        blocked_words=words,
        allowed_origins="https://m.example.com",
        statement="Not published:\r\n{reason}",
        rules_url="https://planet.example.com/rules",
    )
    after = await root.get(saved.location)
    own = await settings_of(lee)
    again = await send(
        root,
        after,
        "save",
        moderation="",
        reject_above="",
        max_links="",
        blocked_words="",
        flood_count="",
        allowed_origins="",
        statement="",
        rules_url="",
    )

    assert (saved.status, again.status) == (303, 303)
    assert "Saved." in after.text
    assert own == {
        "moderation": "pre",
        "reject_above": 0.9,
        "max_links": 5,
        "flood_count": 0,
        "blocked_words": ["casino", "free, and easy", "<b>"],
        "allowed_origins": ["https://m.example.com"],
        "statement": "Not published:\n{reason}",
        "rules_url": "https://planet.example.com/rules",
    }
    assert "casino\nfree, and easy\n&lt;b&gt;</textarea>" in after.text
    assert await settings_of(lee) == {}


async def test_all_that_is_wrong_is_told_at_its_field_and_nothing_is_saved(root: Browser, lee: Desk) -> None:
    page = await root.get(SETTINGS_PAGE)
    before = await settings_of(lee)
    wrong = {
        "reject_above": "2",
        "max_links": "many",
        "blocked_words": "fine\n***",
        "allowed_origins": "x",
        "form": "?",
    }

    refused = await send(root, page, "save", **wrong)
    crossed = await send(root, page, "preview", approve_below="0.9", reject_above="0.2")

    assert refused.status == 422
    for name in wrong:
        assert f'href="#{name}"' in refused.text
        assert f'id="{name}-fault"' in refused.text
    for told in ("a number from 0 to 1", "a whole number from 0 to 1000000", "Line 2 is no word", "must be an origin"):
        assert told in refused.text, told
    assert "fine\n***</textarea>" in refused.text
    assert "must not be above the score from which" in crossed.text
    assert await settings_of(lee) == before


async def test_whoever_saves_second_is_told_what_was_set_meanwhile(root: Browser, site: SiteSystem, lee: Desk) -> None:
    page = await root.get(SETTINGS_PAGE)
    path = f"/v1/sites/{site.slug}/settings"
    version = (await lee.ask("GET", path)).json["version"]
    await lee.ask("PATCH", path, {"version": version, "settings": {"reject_above": 0.8}})

    late = await send(root, page, "save", reject_above="0.9")
    again = await send(root, late, "save")

    assert late.status == 409
    assert "Somebody has changed the settings in the meantime." in late.text
    assert "Set meanwhile: 0.8" in late.text
    assert again.status == 303
    assert (await settings_of(lee))["reject_above"] == 0.9


async def test_long_lists_of_words_fit_into_the_form(root: Browser, lee: Desk) -> None:
    words = [f"größe-{number:05d}-ÄÖÜäöüß" for number in range(10_000)]
    page = await root.get(SETTINGS_PAGE)

    saved = await send(root, page, "save", blocked_words="\n".join(words))
    too_many = await send(root, page, "save", blocked_words="\n".join([*words, "one more"]))

    assert saved.status == 303
    assert (await settings_of(lee))["blocked_words"] == words
    assert too_many.status == 422
    assert "more than 10000 words" in too_many.text
