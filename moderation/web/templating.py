"""How our pages are rendered: everything is escaped, and a name that is missing is an error and not a gap."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined


@cache
def pages_in(folder: Path) -> Environment:
    """Returns the templates of a folder."""
    # Escaping does not depend on the name of a file: one that is called otherwise must not go out raw.
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html_response(page: str, *, status: int = 200) -> web.Response:
    """Returns a page as an answer; `headers.py` adds what protects it."""
    return web.Response(text=page, status=status, content_type="text/html", charset="utf-8")
