"""A newsroom: readers who write to its site, and people at browsers who are logged in to the console."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from aiohttp import ClientSession
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from moderation.domain import Role, Status
from moderation.web.server import RunningServer
from moderation.wiring import Service
from moderation.workflows.sites import Credentials, add_site, set_site
from tests.doors.browser import PASSWORD, an_account
from tests.makers import a_payload

# A page is told of what our own policy forbids; init scripts are the debugger's, and no policy holds for them.
_LISTEN = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
PATIENCE_SECONDS = 15.0
PHONE: ViewportSize = {"width": 360, "height": 740}
Scheme = Literal["light", "dark"]


@dataclass
class Seat:
    """One person at one browser. `faults` are errors of scripts, dialogs, and what the console of the browser says."""

    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    async def go(self, path: str) -> Page:
        """Opens a page of the service."""
        await self.page.goto(path)
        return self.page

    async def no_faults(self) -> None:
        """Fails if any script of a stranger ran here, or a rule of the page's policy was broken."""
        broken = await self.page.evaluate("window.broken")
        assert (self.faults, broken) == ([], [])

    async def check_with_axe(self, scheme: Scheme = "light") -> None:
        """Fails if axe finds a barrier on the page as it is now."""
        await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = await Axe().run(self.page)
        # Not by its report, which knows no shadow trees.
        barriers = [
            (each["id"], node["html"], node["any"]) for each in found.response["violations"] for node in each["nodes"]
        ]
        assert not barriers, f"{self.page.url} ({scheme}): {barriers}"

    async def check_width(self) -> None:
        """Fails if the page is wider than its window: on a telephone nobody scrolls sideways."""
        wide = await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{self.page.url} is {wide} pixels too wide"

    async def at(self) -> str:
        """Returns the id of the comment that somebody is at."""
        found = await self.page.evaluate("document.activeElement.closest('article')?.dataset.comment ?? ''")
        return str(found)

    async def press(self, *keys: str) -> None:
        """Presses keys, one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def hears(self, text: str) -> None:
        """Waits until something is said."""
        told = "text => document.getElementById('told').innerText.includes(text)"
        await self.until(told, text)

    async def until(self, holds: str, argument: object = None) -> None:
        """Waits until something holds in the page. What the library has for this is evaluated by the page itself, again
        and again, which its policy forbids; this is evaluated by the debugger."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await self.page.evaluate(holds, argument):  # noqa: ASYNC110 - the page tells nobody
                    await asyncio.sleep(0.02)
        except TimeoutError:
            async with asyncio.timeout(PATIENCE_SECONDS):  # a page that hangs says nothing, and must not hang the tests
                said = await self.page.evaluate("document.getElementById('told')?.innerText")
            raise AssertionError(f"{self.page.url} says {said!r}; {self.faults}") from None


class Office:
    """The newsroom of `daily-planet`."""

    def __init__(self, service: Service, server: RunningServer, chromium: Browser) -> None:
        self.service = service
        self.base = f"http://127.0.0.1:{server.port}"
        self._chromium = chromium
        self._contexts: list[BrowserContext] = []
        self.credentials: dict[str, Credentials] = {}
        self.began = service.now()

    async def open(self) -> None:
        """Adds the site; its readers may write as fast as they like, and everything waits for a person."""
        await self.add_site("daily-planet")

    async def add_site(self, slug: str) -> None:
        """Adds a site."""
        house, now = self.service.house, self.service.now()
        work = self.service.open_work
        self.credentials[slug] = await add_site(
            slug, f"https://{slug}.example.com", open_work=work, vault=house.vault, now=now
        )
        wanted = {"flood_count": 0, "moderation": "pre"}
        await set_site(slug, wanted, open_work=work, defaults=house.defaults, now=now)

    async def close(self) -> None:
        """Closes every browser."""
        for context in self._contexts:
            await context.close()

    async def post(self, site: str = "daily-planet", **fields: Any) -> str:
        """Lets a reader write; returns our id of the comment. Fields as in `a_payload`."""
        headers = {"Authorization": f"Bearer {self.credentials[site].api_key}"}
        async with ClientSession(self.base) as session:
            path = f"/v1/sites/{site}/comments"
            async with session.post(path, json=a_payload(**fields), headers=headers) as answer:
                told = await answer.json()
                assert answer.status == 201, told
                key: str = told["id"]
                return key

    async def statuses(self, ids: Sequence[str]) -> list[Status]:
        """Returns where comments are."""
        async with self.service.open_reading() as work:
            found = await work.items.all_of([UUID(comment) for comment in ids], now=self.service.now())
        return [comment.status for comment in found]

    async def come_to(self, ids: Sequence[str], statuses: Sequence[Status]) -> None:
        """Waits until comments are where they should be; fails when they do not get there."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (now := await self.statuses(ids)) != list(statuses):  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.05)
        assert now == list(statuses)

    async def seat(
        self,
        name: str = "kim",
        *,
        role: Role = Role.MODERATOR,
        sites: Sequence[str] = ("daily-planet",),
        language: str = "en",
        scripts: bool = True,
        phone: bool = False,
    ) -> Seat:
        """Gives somebody an account, a browser of their own, and logs them in."""
        await an_account(self.service, name, role, sites)
        seat = await self.visitor(language=language, scripts=scripts, phone=phone)
        await seat.go("/console/login")
        await seat.page.fill("#username", name)
        await seat.page.fill("#password", PASSWORD)
        await seat.page.click("button.first")
        await seat.page.wait_for_selector("form.leave", state="attached")
        return seat

    async def visitor(self, *, language: str = "en", scripts: bool = True, phone: bool = False) -> Seat:
        """Opens a browser in which nobody is logged in."""
        context = await self._chromium.new_context(
            base_url=self.base,
            locale=language,
            java_script_enabled=scripts,
            viewport=PHONE if phone else {"width": 1280, "height": 800},
        )
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        if scripts:
            await context.add_init_script(_LISTEN)
        seat = Seat(context, await context.new_page())
        seat.page.on("pageerror", lambda error: seat.faults.append(str(error)))
        seat.page.on("console", lambda said: seat.faults.append(said.text) if said.type == "error" else None)
        seat.page.on("dialog", lambda dialog: seat.faults.append(dialog.message))
        return seat
