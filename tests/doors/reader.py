"""A reader at the form of an article: opens it, takes ten seconds for it, and sends it as a browser does."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from moderation.wiring import House
from moderation.workflows.sites import set_site
from tests.doors.browser import Browser, Page
from tests.fakes import FakeClock

FORM = "/v1/sites/daily-planet/articles/a-1/form"
JSON = {"Accept": "application/json"}
GOOD = {"name": "Ana", "email": "ana@example.org", "website": "", "comment": "Thank you, this explains a lot."}


class _Fields(HTMLParser):
    """Collects the attributes of each field by its name, and the text of each label by what it is for."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str | None]] = {}
        self.labels: dict[str, str] = {}
        self.ids: set[str] = set()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.ids.add(told.get("id") or "")
        if tag in ("input", "textarea"):
            self.fields[told["name"] or ""] = told
        self._inside = told.get("for") or "" if tag == "label" else self._inside

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == "label" else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.labels[self._inside] = self.labels.get(self._inside, "") + data


def read(page: Page) -> _Fields:
    parser = _Fields()
    parser.feed(page.text)
    return parser


async def fill_in(browser: Browser, clock: FakeClock, query: str = "", **fields: str) -> list[tuple[str, str]]:
    """Opens the form, takes ten seconds for it, and returns what would be sent."""
    page = await browser.get(FORM + query)
    clock.advance(seconds=10)
    hidden = [(name, str(told["value"])) for name, told in read(page).fields.items() if told.get("type") == "hidden"]
    return [*hidden, ("subject", ""), *{**GOOD, **fields}.items()]


async def write(browser: Browser, clock: FakeClock, query: str = "", **fields: str) -> Page:
    """Fills the form in and sends it as a browser does."""
    sent = await fill_in(browser, clock, query, **fields)
    return await browser.post(FORM, sent, Sec_Fetch_Site="same-origin", Accept="text/html")


async def token_for(browser: Browser, path: str = FORM) -> str:
    page = await browser.get(path, **JSON)
    token: str = json.loads(page.text)["token"]
    return token


async def set_policy(house: House, **settings: object) -> None:
    await set_site(
        "daily-planet", settings, open_work=house.database.open_work, defaults=house.defaults, now=house.now()
    )
