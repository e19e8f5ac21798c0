"""One-time links: somebody names the first administrator, or chooses a password."""

from __future__ import annotations

from aiohttp import web

from moderation.console.pages import LOGIN, faults_of, page, see_other
from moderation.errors import Invalid, NotFound
from moderation.web.csrf import require_own_page
from moderation.web.forms import form_of
from moderation.web.identity import service_of
from moderation.web.sessions import browser_key, give_key, new_browser_key
from moderation.workflows.links import OpenLink, choose_password, look_at, name_first_admin


async def show_link(request: web.Request) -> web.Response:
    """Shows what the link is for. Only sending the form uses it up: programs that look at links do not."""
    try:
        found = await look_at(request.match_info["key"], door=service_of(request).door)
    except NotFound:
        return page(request, "link_gone.html", status=404)
    return _form(request, found)


async def send_link(request: web.Request) -> web.Response:
    """Uses the link up."""
    await require_own_page(request, browser_key(request))
    key, door = request.match_info["key"], service_of(request).door
    form = await form_of(request)
    name, password = form.get("username", ""), form.get("password", "")
    try:
        found = await look_at(key, door=door)
        try:
            if found.name is None:
                await name_first_admin(key, name, password, door=door)
            else:
                await choose_password(key, password, door=door)
        except Invalid as error:
            return _form(request, found, faults=faults_of(error), name=name)
    except NotFound:
        return page(request, "link_gone.html", status=404)
    return see_other(LOGIN, done=found.purpose)


def _form(request: web.Request, found: OpenLink, *, faults: list[str] | None = None, name: str = "") -> web.Response:
    key = browser_key(request) or new_browser_key()
    status = 422 if faults else 200
    response = page(request, "link.html", status=status, key=key, found=found, faults=faults or [], name=name)
    give_key(response, key)
    return response
