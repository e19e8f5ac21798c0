"""What somebody has typed into a form that was not taken: it is shown to them again, so that it is not lost."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import hdrs, web

from moderation.console.pages import own_path
from moderation.domain import Reason
from moderation.errors import ModerationError
from moderation.web.csrf import SAFE_METHODS, comes_from_us
from moderation.web.forms import Form, form_of

# What people write in their own words; nothing that is secret, and no name by which somebody logs in.
_FIELDS = ("text", "note", "answer", "reason", "basis", "statement", "blocked_words", "suspect_words")


async def typed_in(request: web.Request) -> list[str]:
    """Returns the texts of a form that a page of ours has sent, though perhaps by somebody who is logged out since."""
    named = "Sec-Fetch-Site" in request.headers or hdrs.ORIGIN in request.headers
    if request.method in SAFE_METHODS or not named or not comes_from_us(request):
        return []
    try:
        return _texts(await form_of(request))
    except ModerationError:
        return []  # it is no form of ours


def page_of_form(request: web.Request) -> str | None:
    """Returns the page that a form was on, as far as the browser says; without its query, as in `own_path`."""
    try:
        return own_path(urlsplit(request.headers.get(hdrs.REFERER, "")).path)
    except ValueError:
        return None


def _texts(form: Form) -> list[str]:
    given = [form.get(name, "").strip() for name in _FIELDS]
    return [text for text in given if text and text not in list(Reason)]
