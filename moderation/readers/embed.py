"""`/embed.js`, the one tag under an article, and the modules that it is made of.

A page names `/embed.js` and nothing else, so that file is asked for each time. It names the others by addresses that
change with them: they are kept for good, and no page ever runs the one half of one release and the other of the next.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from aiohttp import ETag, hdrs, web

from moderation.errors import NotFound
from moderation.readers.texts import texts_in
from moderation.web.languages import LANGUAGES

ENTRY = "embed.js"
_FOLDER = Path(__file__).resolve().parent / "embed"
_IMPORT = re.compile(rb'(from "\./[a-z/]+\.js)(")')
_SECTIONS = ("form", "sent", "faults", "thread")


@cache
def modules() -> dict[str, bytes]:
    """Returns each module by its name, naming the others by the version of all of them."""
    written = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir())} | {"texts.js": _texts()}
    version = hashlib.sha256(b"".join(written.values())).hexdigest()[:16].encode()
    return {name: _IMPORT.sub(rb"\1?v=" + version + rb"\2", body) for name, body in written.items()}


def _texts() -> bytes:
    """Returns the catalogue as a module. JSON is JavaScript, since 2019 in all its characters."""
    texts = {language: texts_in(language).below(*_SECTIONS) for language in LANGUAGES}
    return b"export const TEXTS = " + json.dumps(texts).encode() + b";\n"


async def serve_entry(request: web.Request) -> web.Response:
    """Answers with the module that a page names."""
    return _answer(request, modules()[ENTRY], "public, no-cache")


async def serve_module(request: web.Request) -> web.Response:
    """Answers with one of the modules that it names."""
    name = request.match_info["name"]
    body = modules().get(name)
    if body is None or name == ENTRY:
        raise NotFound
    return _answer(request, body, "public, max-age=31536000, immutable" if "v" in request.query else "public, no-cache")


def _answer(request: web.Request, body: bytes, cached: str) -> web.Response:
    digest = hashlib.sha256(body).hexdigest()[:32]
    headers = {
        hdrs.CACHE_CONTROL: cached,
        # A module is fetched as any script is not: only from where its host says that everybody may.
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    unchanged = any(tag.value == digest for tag in request.if_none_match or ())
    response = web.Response(status=304, headers=headers) if unchanged else web.Response(body=body, headers=headers)
    if not unchanged:
        response.content_type, response.charset = "text/javascript", "utf-8"
    response.etag = ETag(digest)
    return response
