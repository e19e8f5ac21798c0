"""The form in which people choose how one browser shows pages."""

from __future__ import annotations

from aiohttp import web

from moderation.console.device import keep_choices
from moderation.console.pages import ACCOUNT, see_other
from moderation.web.forms import form_of


async def send_device(request: web.Request) -> web.Response:
    """Remembers the choices in the browser."""
    form = await form_of(request)
    response = see_other(ACCOUNT, done="saved")
    keep_choices(response, form.getall("choice", []))
    return response
