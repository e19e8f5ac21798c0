"""A person at a browser: it keeps cookies, fills in the forms that a page shows, and says where its pages come from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from aiohttp import ClientSession, CookieJar, FormData
from multidict import CIMultiDictProxy
from yarl import URL

from moderation.domain import Role
from moderation.web.server import RunningServer
from moderation.web.sessions import COOKIE
from moderation.wiring import Service
from moderation.workflows.moderators import add_moderator

PASSWORD = "a long enough password"

# What a browser says about a form that one of our own pages has sent.
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Form:
    """A form of a page, with what is filled in already."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.forms.append(Form(told.get("action") or ""))
        name = told.get("name")
        if tag in ("input", "select", "textarea") and name and self.forms:
            form = self.forms[-1]
            form.names.append(name)
            if tag == "input" and (told.get("type") not in ("checkbox", "radio") or "checked" in told):
                form.fields.append((name, told.get("value") or ""))


@dataclass(frozen=True)
class Page:
    """One answer, read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def forms(self) -> Sequence[Form]:
        parser = _Forms()
        parser.feed(self.text)
        return parser.forms

    def form(self, action: str) -> Form:
        """Returns the form that goes to this address."""
        return next(form for form in self.forms if form.action == action)


class Browser:
    """One browser. It follows no redirect by itself, so that tests see where it is led."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session
        self.headers: dict[str, str] = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}

    @property
    def key(self) -> str | None:
        """The key that it holds."""
        return next((cookie.value for cookie in self._session.cookie_jar if cookie.key == COOKIE), None)

    @key.setter
    def key(self, key: str) -> None:
        self._session.cookie_jar.update_cookies({COOKIE: key}, URL(str(self._session._base_url)))

    async def get(self, path: str, **headers: str) -> Page:
        return await self.ask("GET", path, headers=_named(headers))

    async def post(self, path: str, fields: Mapping[str, str] | Sequence[tuple[str, str]] = (), **headers: str) -> Page:
        """Sends fields as a form of another page would; headers are as told."""
        pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
        return await self.ask("POST", path, headers=_named(headers), data=FormData(pairs)() if pairs else b"")

    async def send(self, page: Page, action: str, *also: tuple[str, str], **filled: str) -> Page:
        """Fills in a form of a page and sends it; `also` are ticks."""
        form = page.form(action)
        kept = [(name, value) for name, value in form.fields if name not in filled and name not in dict(also)]
        assert set(filled) <= set(form.names), "the page has no such field"
        return await self.post(action, [*kept, *filled.items(), *also], **OWN_PAGE)

    async def log_in(self, name: str, password: str = PASSWORD, **also: str) -> Page:
        """Opens the form and sends it."""
        page = await self.get("/console/login")
        return await self.send(page, "/console/login", username=name, password=password, **also)

    async def log_in_anew(self, name: str, password: str = PASSWORD, **also: str) -> Page:
        """The same in this browser after all its cookies were deleted."""
        self._session.cookie_jar.clear()
        return await self.log_in(name, password, **also)

    async def ask(self, method: str, path: str, *, headers: Mapping[str, str], **more: Any) -> Page:
        """Sends one request and reads the answer to its end."""
        if "data" in more and more["data"] == b"":
            headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        options = {"headers": {**self.headers, **headers}, "allow_redirects": False, **more}
        async with self._session.request(method, path, **options) as response:
            return Page(response.status, response.headers, await response.text())


@asynccontextmanager
async def a_browser(server: RunningServer) -> AsyncIterator[Browser]:
    """Opens a browser that nobody has used yet."""
    async with a_session(server) as session:
        yield Browser(session)


def a_session(server: RunningServer) -> ClientSession:
    """Returns what a browser is made of."""
    base = f"http://127.0.0.1:{server.port}"
    # Browsers take cookies that are Secure from loopback; aiohttp's jar has to be told.
    return ClientSession(base, cookie_jar=CookieJar(unsafe=True, treat_as_secure_origin=URL(base)))


async def an_account(
    service: Service, name: str, role: Role = Role.MODERATOR, sites: Sequence[str] = (), password: str = PASSWORD
) -> None:
    """Adds an account with a password."""
    await add_moderator(
        name,
        role,
        sites,
        password=password,
        open_work=service.open_work,
        now=service.now(),
        passwords=service.door.passwords,
    )


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
