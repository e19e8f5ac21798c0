"""Where administrators give people accounts."""

from __future__ import annotations

from aiohttp import hdrs, web

from moderation.console.pages import ACCOUNTS, faults_of, id_in, page, see_other
from moderation.domain import Role
from moderation.errors import FieldError, Invalid
from moderation.web.forms import Form, form_of
from moderation.web.identity import current_visit, service_of
from moderation.web.sessions import LINK_PATH
from moderation.workflows import accounts as work


async def show_accounts(request: web.Request) -> web.Response:
    """Shows the accounts that this administrator may see."""
    return await _show(request)


async def _show(request: web.Request, *, faults: list[str] | None = None, name: str = "") -> web.Response:
    admin = (await current_visit(request)).moderator
    seen = await work.accounts_for(admin, door=service_of(request).door)
    return page(
        request,
        "accounts.html",
        status=422 if faults else 200,
        accounts=seen.accounts,
        sites=dict(sorted(seen.sites.items(), key=lambda site: site[1])),
        may_change=lambda other: work.may_change(admin, other),
        roles=list(Role),
        faults=faults or [],
        name=name,
    )


async def send_account(request: web.Request) -> web.Response:
    """Adds an account, and shows the link for its owner."""
    admin, form = (await current_visit(request)).moderator, await form_of(request)
    name = form.get("name", "")
    try:
        key = await work.open_account(admin, name, _role(form), form.getall("site", []), door=service_of(request).door)
    except Invalid as error:
        return await _show(request, faults=faults_of(error), name=name)
    return _link(request, key, name)


async def send_change(request: web.Request) -> web.Response:
    """Gives an account another role and other sites."""
    admin, form = (await current_visit(request)).moderator, await form_of(request)
    account, door = id_in(request, "account"), service_of(request).door
    try:
        await work.change_account(admin, account, _role(form), form.getall("site", []), door=door)
    except Invalid as error:
        return await _show(request, faults=faults_of(error))
    return see_other(ACCOUNTS, done="saved")


async def send_disable(request: web.Request) -> web.Response:
    """Ends an account."""
    admin = (await current_visit(request)).moderator
    await work.disable_account(admin, id_in(request, "account"), door=service_of(request).door)
    return see_other(ACCOUNTS, done="disabled")


async def send_recover(request: web.Request) -> web.Response:
    """Takes a lost second factor away."""
    admin = (await current_visit(request)).moderator
    await work.recover_account(admin, id_in(request, "account"), door=service_of(request).door)
    return see_other(ACCOUNTS, done="recovered")


async def send_reset(request: web.Request) -> web.Response:
    """Makes a link for a new password and shows it, once."""
    admin = (await current_visit(request)).moderator
    key, name = await work.reset_account(admin, id_in(request, "account"), door=service_of(request).door)
    return _link(request, key, name)


def _link(request: web.Request, key: str, name: str) -> web.Response:
    # The address as the administrator's own browser has it: behind a proxy it is another one than ours.
    origin = request.headers.get(hdrs.ORIGIN, "null")
    base = origin if origin != "null" else f"{request.scheme}://{request.host}"
    return page(request, "secret.html", kind="link", name=name, secret=base + LINK_PATH + key, back=ACCOUNTS)


def _role(form: Form) -> Role:
    try:
        return Role(form.get("role", ""))
    except ValueError:
        raise Invalid([FieldError("role", "invalid", "There is no such role.")]) from None
