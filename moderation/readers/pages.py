"""How the pages for readers come about."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from aiohttp import hdrs, web

from moderation import metrics
from moderation.errors import FieldError, ModerationError, NotFound, RequestTimeout, TooLarge
from moderation.readers.texts import texts_of
from moderation.web.assets import Assets
from moderation.web.languages import Texts
from moderation.web.problems import problem_headers, status_of
from moderation.web.routes import Handler
from moderation.web.templating import html_response, pages_in

_HERE = Path(__file__).resolve().parent
ASSETS = Assets(_HERE / "static", address="/readers")
_PAGES = pages_in(_HERE / "templates")


def page(request: web.Request, template: str, *, status: int = 200, **values: object) -> web.Response:
    """Returns a page in the reader's language."""
    rendered = _PAGES.get_template(template).render(t=texts_of(request), asset=ASSETS.address_of, **values)
    response = html_response(rendered, status=status)
    response.headers[hdrs.VARY] = "Accept, Accept-Language"
    return response


def for_people(handler: Handler, *, missing: str = "not_found") -> Handler:
    """Shows a handler's problems as pages to whoever asks for HTML, as browsers do; others get them as they are.
    `missing` is the key of what is said where nothing is there."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ModerationError as error:
            if "text/html" not in request.headers.get(hdrs.ACCEPT, "") or is_our_fault(error):
                raise
            metrics.REFUSALS.labels(error.code).inc()
            sentence = fault_text(texts_of(request), missing if isinstance(error, NotFound) else error.code)
            response = page(request, "problem.html", status=status_of(type(error)), sentence=sentence)
            response.headers.update(problem_headers(error))
            if isinstance(error, TooLarge | RequestTimeout):
                response.force_close()  # what is left of the body is not worth reading
            return response

    return answered


def wants_json(request: web.Request) -> bool:
    """Tells whether it is a program that asks: browsers name HTML for pages, and others nothing in particular."""
    accepted = request.headers.get(hdrs.ACCEPT, "")
    return "application/json" in accepted and "text/html" not in accepted


def is_our_fault(error: ModerationError) -> bool:
    """Tells whether an error is none that a reader can do anything about: it is logged, and told like any other."""
    return status_of(type(error)) == HTTPStatus.INTERNAL_SERVER_ERROR


def fault_text(texts: Texts, code: str, **values: object) -> str:
    """Returns what a problem of a form is called, in one sentence."""
    key = f"faults.{code}"
    return texts(key if key in texts else "faults.other", **values)


def field_faults(texts: Texts, wrong: tuple[FieldError, ...]) -> dict[str, str]:
    """Returns a sentence for each wrong field, in their order; the first error of a field counts."""
    first = {each.field: each.code for each in reversed(wrong)}
    return {name: fault_text(texts, f"{name}_{first[name]}") for name in dict.fromkeys(each.field for each in wrong)}
