"""How pages of the console come about: what every page has, where it leads, and how a problem looks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import hdrs, web

from moderation.console.chosen import Chosen, known_choice
from moderation.console.device import device_of
from moderation.console.texts import Texts, choose_language, texts_in
from moderation.domain import Agent, Role
from moderation.errors import Invalid, NotFound
from moderation.web.assets import Assets
from moderation.web.csrf import csrf_token
from moderation.web.identity import known_visit
from moderation.web.routes import ROUTES
from moderation.web.sessions import browser_key
from moderation.web.templating import html_response, pages_in

ROOT = "/console"
LOGIN = f"{ROOT}/login"
ACCOUNT = f"{ROOT}/account"
ACCOUNTS = f"{ROOT}/accounts"
QUEUE = f"{ROOT}/queue"
SCORES = f"{ROOT}/scores"
ARTICLES = f"{ROOT}/articles"
AUTHORS = f"{ROOT}/authors"
AUDIT = f"{ROOT}/audit"
FIGURES = f"{ROOT}/figures"
SETTINGS_PAGE = f"{ROOT}/settings"
STATUS = f"{ROOT}/status"
APPEALS = f"{ROOT}/appeals"
ENDPOINTS = f"{ROOT}/endpoints"
MODELS = f"{ROOT}/models"

_HERE = Path(__file__).resolve().parent
ASSETS = Assets(_HERE / "static", address=f"{ROOT}/static")
_PAGES = pages_in(_HERE / "templates")

_OWN_PATH = re.compile(rf"{ROOT}/[a-z0-9/-]+")
_LONGEST_PATH = 200


class Part(IntEnum):
    """The parts of the navigation, in their order."""

    WORK = 0
    SERVICE = 1
    OWN = 2


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the navigation: shown when there is such a page, and to `role` alone if one is named.

    `of_site`: the page is about one site, and the entry leads to the one that is looked at now. Entries of one `part`
    stand together.
    """

    path: str
    text: str
    role: Role | None = None
    of_site: bool = False
    part: Part = Part.SERVICE


# In the order in which they are shown, part by part. Whoever adds a page for everybody adds it here.
SECTIONS = (
    Section(QUEUE, "nav.queue", of_site=True, part=Part.WORK),
    Section(SCORES, "nav.scores", of_site=True, part=Part.WORK),
    Section(ARTICLES, "articles.title", of_site=True, part=Part.WORK),
    Section(AUTHORS, "authors.title", of_site=True, part=Part.WORK),
    Section(APPEALS, "nav.appeals", of_site=True, part=Part.WORK),
    Section(MODELS, "nav.models", of_site=True),
    Section(STATUS, "status_page.title", of_site=True),
    Section(SETTINGS_PAGE, "settings.title", Role.ADMIN, of_site=True),
    Section(ENDPOINTS, "nav.endpoints", Role.ADMIN, of_site=True),
    Section(AUDIT, "audit.title", Role.ADMIN, of_site=True),
    Section(ACCOUNTS, "nav.accounts", Role.ADMIN),
    Section(FIGURES, "figures.title", of_site=True, part=Part.OWN),
    Section(ACCOUNT, "nav.account", part=Part.OWN),
)


def page(
    request: web.Request, template: str, *, status: int = 200, key: str | None = None, **values: object
) -> web.Response:
    """Returns a page. `key` is that of the browser, where it was given only now."""
    visit, chosen = known_visit(request), known_choice(request)
    texts = texts_of(request)
    key = key or browser_key(request)
    rendered = _PAGES.get_template(template).render(
        t=texts,
        who=lambda name: name_shown(name, texts),
        visit=visit,
        here=request.path,
        csrf_token=csrf_token(key) if key else "",
        sections=sections_for(request),
        address=lambda section: section_address(section, chosen),
        chosen=chosen,
        device=device_of(request),
        home=home_of(request),
        asset=ASSETS.address_of,
        done=_done(request, texts),
        **values,
    )
    response = html_response(rendered, status=status)
    response.headers[hdrs.VARY] = "Accept-Language, Cookie"
    return response


def name_shown(name: str, texts: Texts) -> str:
    """Returns the name of an account as it is, and what stands for none in words."""
    return texts(f"agent.{Agent(name).name.lower()}") if name in list(Agent) else name


def name_meant(shown: str, texts: Texts) -> str:
    """Returns the name of which `name_shown` would show this."""
    return next((agent.value for agent in Agent if name_shown(agent, texts) == shown), shown)


def texts_of(request: web.Request) -> Texts:
    """Returns the texts in the language of whoever asks."""
    visit = known_visit(request)
    chosen = visit.moderator.language if visit else None
    return texts_in(choose_language(chosen, request.headers.get(hdrs.ACCEPT_LANGUAGE, "")))


def sections_for(request: web.Request) -> list[Section]:
    """Returns the navigation of whoever asks; nothing before the log-in."""
    visit = known_visit(request)
    if visit is None:
        return []
    there = {route.path for route in request.app[ROUTES]}
    seen = [section for section in SECTIONS if section.path in there and section.role in (None, visit.moderator.role)]
    return sorted(seen, key=lambda section: section.part)


def section_address(section: Section, chosen: Chosen | None) -> str:
    """Returns where an entry of the navigation leads, from a page about this site."""
    if not section.of_site or chosen is None or len(chosen.slugs) == 1:
        return section.path
    return f"{section.path}?{urlencode({'site': chosen.slug})}"


def home_of(request: web.Request) -> str:
    """Returns where people begin: at the queue, where there is one."""
    return QUEUE if any(route.path == QUEUE for route in request.app[ROUTES]) else ACCOUNT


def see_other(path: str, *, done: str | None = None, site: str | None = None) -> web.Response:
    """Leads on after a form, so that a reload does not send it again. `done` names the text that is shown there."""
    query = {name: value for name, value in (("site", site), ("done", done)) if value}
    location = f"{path}?{urlencode(query)}" if query else path
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: location})


def own_path(path: str) -> str | None:
    """Returns a path if it leads to a page of the console, so that a log-in leads to no stranger's page."""
    safe = _OWN_PATH.fullmatch(path) is not None and len(path) <= _LONGEST_PATH
    return path if safe and not path.startswith(LOGIN) else None


def id_in(request: web.Request, name: str) -> UUID:
    """Returns an id in the address. Raises NotFound."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise NotFound from None


def faults_of(error: Invalid) -> list[str]:
    """Returns the keys of the texts that say what is wrong."""
    return [f"faults.{wrong.field}_{wrong.code}" for wrong in error.errors]


async def show_home(request: web.Request) -> web.Response:
    """Leads to where people begin."""
    return see_other(home_of(request))


def _done(request: web.Request, texts: Texts) -> str | None:
    """Returns what is said to have been done; only texts of ours, whatever the address holds."""
    key = f"done.{request.query.get('done', '')}"
    return texts(key) if key in texts else None
