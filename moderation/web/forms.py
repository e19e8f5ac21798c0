"""What a form in a browser has sent: read once, with the limits of every body."""

from __future__ import annotations

from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from moderation.errors import Malformed, UnsupportedMediaType
from moderation.web.body import read_body

FORM_TYPE = "application/x-www-form-urlencoded"

# The largest of our forms has a tick for each site, and one for each comment of a page.
_MOST_FIELDS = 1000

Form = MultiDictProxy[str]

_FORM: web.RequestKey[Form] = web.RequestKey("FORM", MultiDictProxy)


async def form_of(request: web.Request) -> Form:
    """Returns the fields of the form. Raises UnsupportedMediaType, Malformed, and what `read_body` raises."""
    known = known_form(request)
    if known is not None:
        return known
    if request.content_type != FORM_TYPE:
        raise UnsupportedMediaType(f"The body must be {FORM_TYPE}.")
    form = request[_FORM] = parse_form(await read_body(request))
    return form


def known_form(request: web.Request) -> Form | None:
    """Returns the fields of the form, if it was read before."""
    return request.get(_FORM)


def parse_form(body: bytes) -> Form:
    """Returns the fields of a form. Raises Malformed."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Malformed("The form is not encoded as browsers do it, or has too many fields.") from error
    return MultiDictProxy(MultiDict(pairs))
