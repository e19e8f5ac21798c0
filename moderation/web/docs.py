"""The documentation for people: `/docs`, made from the OpenAPI document, and a page for every kind of problem."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from aiohttp import web
from markupsafe import Markup, escape

from moderation import errors
from moderation.web.openapi import DOCUMENT, Document
from moderation.web.problems import meanings, title_of
from moderation.web.routes import Access, Answer, Route
from moderation.web.templating import html_response, pages_in

_HERE = Path(__file__).resolve().parent
_CSS = (_HERE / "static" / "docs.css").read_bytes()
_PAGES = pages_in(_HERE / "templates")
_PAGES.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
_PAGES.filters["prose"] = lambda text: prose(text)


class _DocsPage:
    """The page of a document, made when it is first asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document

    @cached_property
    def html(self) -> str:
        return render_docs(self._document.content)


_DOCS_PAGE = web.AppKey("_DOCS_PAGE", _DocsPage)


def keep_docs(app: web.Application) -> None:
    """Gives the application the page of the document that it keeps."""
    app[_DOCS_PAGE] = _DocsPage(app[DOCUMENT])


def render_docs(document: dict[str, Any]) -> str:
    """Returns the page for an OpenAPI document. No script, nothing from elsewhere."""
    return _PAGES.get_template("docs.html").render(document=document, sections=list(_sections(document)))


def _sections(document: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yields each tag with its operations, in the order of the document."""
    for tag in document["tags"]:
        operations = [
            {**operation, "method": method.upper(), "path": path}
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
        yield tag["name"], operations


def prose(text: str) -> Markup:
    """Returns a description as HTML: what stands between backticks is code, everything else is text."""
    parts = str(escape(text)).split("`")
    return Markup("".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts)))  # noqa: S704


async def docs(request: web.Request) -> web.Response:
    """Answers with the documentation."""
    page = request.app[_DOCS_PAGE]
    # In a thread, for others wait on the loop.
    return html_response(await asyncio.to_thread(lambda: page.html))


async def docs_css(_request: web.Request) -> web.Response:
    """Answers with its style sheet."""
    return web.Response(body=_CSS, content_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


async def problem_page(request: web.Request) -> web.Response:
    """Answers with what a problem means; its `type` leads here."""
    code = request.match_info["code"]
    if code not in (known := meanings()):
        raise errors.NotFound
    status, sentence = known[code]
    page = _PAGES.get_template("problem.html").render(
        code=code, title=title_of(code), status=status, sentence=sentence, codes=list(known)
    )
    return html_response(page)


def _page(path: str, handler: Any, operation_id: str, summary: str) -> Route:
    answers = (Answer(200, summary, media_type="text/html"),)
    return Route(
        "GET",
        path,
        handler,
        Access.PUBLIC,
        operation_id=operation_id,
        tag="documentation",
        summary=summary,
        description=summary,
        answers=answers,
        documented=False,
    )


ROUTES = (
    _page("/docs", docs, "read_docs", "The documentation"),
    _page("/docs/docs.css", docs_css, "read_docs_style", "The style of the documentation"),
    _page("/problems/{code}", problem_page, "read_problem", "What a problem means"),
)
