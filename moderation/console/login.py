"""People come in and go out."""

from __future__ import annotations

from aiohttp import web

from moderation.console.pages import LOGIN, home_of, own_path, page, see_other, texts_of
from moderation.errors import RateLimited
from moderation.web.csrf import require_own_page
from moderation.web.forms import form_of
from moderation.web.identity import address_of, service_of, visit_of
from moderation.web.problems import problem_headers
from moderation.web.sessions import browser_key, device_of, give_key, new_browser_key, take_key
from moderation.workflows.login import LoginAttempt, log_in, log_out


async def show_login(request: web.Request) -> web.Response:
    """Shows the form, or leads on whoever is logged in."""
    wanted = own_path(request.query.get("next", "")) or ""
    if await visit_of(request) is not None:
        return see_other(wanted or home_of(request))
    return _form(request, wanted=wanted)


async def send_login(request: web.Request) -> web.Response:
    """Lets somebody in under a new key: whoever has put one into the browser before does not get in with it."""
    await require_own_page(request, browser_key(request))
    form = await form_of(request)
    name, wanted = form.get("username", ""), own_path(form.get("next", "")) or ""
    attempt = LoginAttempt(
        name=name,
        password=form.get("password", ""),
        code=form.get("code", ""),
        address=address_of(request),
        device=device_of(request),
        old_key=browser_key(request),
    )
    try:
        key = await log_in(attempt, door=service_of(request).door)
    except RateLimited as error:
        return _too_many(request, error, name=name, wanted=wanted)
    if key is None:
        fault = texts_of(request)("login.wrong")
        refused = _form(request, status=401, fault=fault, name=name, wanted=wanted)
        refused.headers["WWW-Authenticate"] = "Bearer"  # a 401 has to name a way in; browsers ignore this one
        return refused
    response = see_other(wanted or home_of(request))
    give_key(response, key)
    return response


async def leave(request: web.Request) -> web.Response:
    """Ends the session here and in the store. Whoever is out already is out."""
    key = browser_key(request)
    await require_own_page(request, key)
    if key is not None:
        await log_out(key, door=service_of(request).door)
    response = see_other(LOGIN, done="logged_out")
    take_key(response)
    return response


def _too_many(request: web.Request, error: RateLimited, *, name: str, wanted: str) -> web.Response:
    fault = texts_of(request)("login.too_many", minutes=-(-error.retry_after // 60))
    response = _form(request, status=429, fault=fault, name=name, wanted=wanted)
    response.headers.update(problem_headers(error))
    return response


def _form(
    request: web.Request, *, wanted: str, status: int = 200, fault: str | None = None, name: str = ""
) -> web.Response:
    key = browser_key(request) or new_browser_key()
    response = page(request, "login.html", status=status, key=key, fault=fault, name=name, wanted=wanted)
    give_key(response, key)
    return response
