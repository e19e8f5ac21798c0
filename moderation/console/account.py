"""What people see and change of their own account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from moderation.console.device import Choice
from moderation.console.pages import ACCOUNT, faults_of, id_in, page, see_other
from moderation.console.texts import LANGUAGES
from moderation.errors import FieldError, Invalid
from moderation.web.forms import Form, form_of
from moderation.web.identity import address_of, current_visit, service_of
from moderation.workflows import own_account as own
from moderation.workflows.login import Doorkeeper, Visit
from moderation.workflows.second_factor import uri_of

# What a form does, once it is known who has sent it.
Change = Callable[[web.Request, Visit, Form, Doorkeeper], Awaitable[None]]


async def show_account(request: web.Request) -> web.Response:
    """Shows the account of whoever asks."""
    return await _show(request)


async def _show(request: web.Request, *, faults: list[str] | None = None) -> web.Response:
    visit, door = await current_visit(request), service_of(request).door
    account = await own.own_account(visit.moderator, door=door)
    uri = uri_of(account.secret, name=visit.moderator.name) if account.secret else None
    return page(
        request,
        "account.html",
        status=422 if faults else 200,
        account=account,
        uri=uri,
        languages=LANGUAGES,
        device_choices=list(Choice),
        faults=faults or [],
    )


def changing(change: Change, *, done: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Returns the handler of a form that leads back to the account, or shows there what was wrong."""

    async def handler(request: web.Request) -> web.Response:
        visit = await current_visit(request)
        try:
            await change(request, visit, await form_of(request), service_of(request).door)
        except Invalid as error:
            return await _show(request, faults=faults_of(error))
        return see_other(ACCOUNT, done=done)

    return handler


async def _password(request: web.Request, visit: Visit, form: Form, door: Doorkeeper) -> None:
    present, new = form.get("password", ""), form.get("new_password", "")
    await own.change_password(visit, present, new, address=address_of(request), door=door)


async def _propose(request: web.Request, visit: Visit, form: Form, door: Doorkeeper) -> None:
    present, address = form.get("password", ""), address_of(request)
    await own.propose_second_factor(visit.moderator, present, address=address, door=door)


async def _confirm(_request: web.Request, visit: Visit, form: Form, door: Doorkeeper) -> None:
    await own.confirm_second_factor(visit.moderator, form.get("code", ""), door=door)


async def _remove(request: web.Request, visit: Visit, form: Form, door: Doorkeeper) -> None:
    present, address = form.get("password", ""), address_of(request)
    await own.remove_second_factor(visit.moderator, present, address=address, door=door)


async def _end_session(request: web.Request, visit: Visit, _form: Form, door: Doorkeeper) -> None:
    await own.end_session(visit.moderator, id_in(request, "session"), door=door)


async def _end_others(_request: web.Request, visit: Visit, _form: Form, door: Doorkeeper) -> None:
    await own.end_other_sessions(visit, door=door)


async def _revoke(request: web.Request, visit: Visit, _form: Form, door: Doorkeeper) -> None:
    await own.revoke_own_token(visit.moderator, id_in(request, "token"), door=door)


async def _language(_request: web.Request, visit: Visit, form: Form, door: Doorkeeper) -> None:
    language = form.get("language", "")
    if language and language not in LANGUAGES:
        raise Invalid([FieldError("language", "invalid", "There is no such language.")])
    await own.choose_language(visit.moderator, language or None, door=door)


send_password = changing(_password, done="saved")
send_second_factor = changing(_propose, done="")
send_first_code = changing(_confirm, done="second_factor_on")
send_no_second_factor = changing(_remove, done="second_factor_off")
send_end = changing(_end_session, done="ended")
send_end_others = changing(_end_others, done="ended_others")
send_revoke = changing(_revoke, done="revoked")
send_language = changing(_language, done="saved")


async def send_token(request: web.Request) -> web.Response:
    """Makes a token and shows it, once."""
    visit, form = await current_visit(request), await form_of(request)
    try:
        token = await own.make_own_token(visit.moderator, form.get("label", ""), door=service_of(request).door)
    except Invalid as error:
        return await _show(request, faults=faults_of(error))
    return page(request, "secret.html", kind="token", name=visit.moderator.name, secret=token, back=ACCOUNT)
