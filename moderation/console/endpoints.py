"""Where administrators see what their sites are told: endpoints, what waits, what was given up, and every try."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web

from moderation.console.chosen import chosen_site
from moderation.console.pages import ENDPOINTS, faults_of, id_in, page, see_other
from moderation.delivery import message_id
from moderation.domain import USUAL_EVENTS, EventKind, State
from moderation.errors import FieldError, Invalid
from moderation.web.checking import check
from moderation.web.complaint_fields import DeliveryQuery
from moderation.web.forms import Form, form_of
from moderation.web.identity import current_moderator, service_of
from moderation.workflows.endpoints import Endpoints, NewSecret

PER_PAGE = 50


async def show_endpoints(request: web.Request) -> web.Response:
    """Shows the endpoints of a site."""
    return await _show(request)


async def _show(request: web.Request, *, faults: list[str] | None = None, url: str = "") -> web.Response:
    chosen = await chosen_site(request)
    found = [each for each in await (await _endpoints(request)).all() if each.endpoint.site_id == chosen.known.site.id]
    return page(
        request,
        "endpoints.html",
        status=422 if faults else 200,
        endpoints=found,
        kinds=list(EventKind),
        usual=USUAL_EVENTS,
        faults=faults or [],
        url=url,
        at=_address(chosen.slug),
    )


async def send_endpoint(request: web.Request) -> web.Response:
    """Adds an endpoint, and shows its secret."""
    chosen, form, endpoints = await chosen_site(request), await form_of(request), await _endpoints(request)
    url = form.get("url", "").strip()
    try:
        new = await endpoints.add(chosen.known.site.id, url, form.getall("event", []), coral="coral" in form)
    except Invalid as error:
        return await _show(request, faults=_faults(error), url=url)
    return _secret(request, new, url)


async def show_endpoint(request: web.Request) -> web.Response:
    """Shows the delivery log of an endpoint."""
    return await _show_log(request)


async def _show_log(request: web.Request, *, faults: list[str] | None = None) -> web.Response:
    endpoints, key = await _endpoints(request), id_in(request, "endpoint")
    state = await endpoints.one(key)
    wanted = {name: request.query[name] for name in ("state", "cursor") if request.query.get(name)}
    query = check(DeliveryQuery, wanted)
    files = await endpoints.log(key, state=query.state, before=query.cursor, limit=PER_PAGE + 1)
    further = None
    if len(files) > PER_PAGE:
        kept = {"state": query.state} if query.state else {}
        further = urlencode({**kept, "cursor": files[PER_PAGE - 1].letter.number})
    return page(
        request,
        "endpoint.html",
        status=422 if faults else 200,
        state=state,
        endpoint=state.endpoint,
        files=files[:PER_PAGE],
        further=further,
        states=list(State),
        chosen_state=query.state,
        message=message_id,
        at=f"{ENDPOINTS}/{key}",
        all_of_site=_address(request.query["site"]) if request.query.get("site") else ENDPOINTS,
        faults=faults or [],
    )


async def send_switch(request: web.Request) -> web.Response:
    """Switches an endpoint on or off."""
    form, key = await form_of(request), id_in(request, "endpoint")
    on = form.get("on") == "1"
    await (await _endpoints(request)).switch(key, on=on)
    return see_other(f"{ENDPOINTS}/{key}", done="endpoint_on" if on else "endpoint_off")


async def send_rotate(request: web.Request) -> web.Response:
    """Gives an endpoint a new secret, and shows it."""
    endpoints, key = await _endpoints(request), id_in(request, "endpoint")
    state = await endpoints.one(key)
    return _secret(request, await endpoints.rotate(key), state.endpoint.url)


async def send_replay(request: web.Request) -> web.Response:
    """Has an endpoint told again: one message, what was given up, or what it has missed since a moment."""
    endpoints, key, form = await _endpoints(request), id_in(request, "endpoint"), await form_of(request)
    try:
        if message := form.get("message"):
            await endpoints.replay_message(message, endpoint=key)
        else:
            await endpoints.replay(key, since=_moment(form))
    except Invalid as error:
        return await _show_log(request, faults=_faults(error))
    return see_other(f"{ENDPOINTS}/{key}", done="replayed")


def _moment(form: Form) -> datetime | None:
    """Returns the moment that a browser's field names, in UTC. Raises Invalid."""
    given = form.get("since", "").strip()
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or not 2000 <= moment.year <= 9000:
        raise Invalid([FieldError("since", "invalid", "This must be a time.")])
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _faults(error: Invalid) -> list[str]:
    return [f"faults.endpoint_{fault.removeprefix('faults.')}" for fault in faults_of(error)]


def _secret(request: web.Request, new: NewSecret, url: str) -> web.Response:
    back = f"{ENDPOINTS}/{new.endpoint}"
    return page(request, "secret.html", kind="endpoint", name=url, secret=new.secret, back=back)


def _address(slug: str) -> str:
    return f"{ENDPOINTS}?{urlencode({'site': slug})}"


async def _endpoints(request: web.Request) -> Endpoints:
    return service_of(request).house.endpoints(await current_moderator(request))
