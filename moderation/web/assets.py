"""Files that pages need, such as a style sheet: served from the package, and kept by browsers until they change."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ETag, web

from moderation.errors import NotFound

_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    digest: str
    content_type: str


class Assets:
    """The files of one folder, read once. Only what lies there is ever served, whatever name is asked for."""

    def __init__(self, folder: Path, *, address: str) -> None:
        self._address = address
        self._assets = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.is_file()}

    def address_of(self, name: str) -> str:
        """Returns the address of a file. It changes with what is in it. Raises KeyError."""
        return f"{self._address}/{name}?v={self._assets[name].digest}"

    async def serve(self, request: web.Request) -> web.Response:
        """Answers with a file: for good under the address of its content, and else to be asked for each time."""
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise NotFound
        unchanged = any(tag.value == asset.digest for tag in request.if_none_match or ())
        response = web.Response(status=304) if unchanged else web.Response(body=asset.body)
        if not unchanged:
            response.content_type = asset.content_type
            response.charset = "utf-8"
        response.etag = ETag(asset.digest)
        response.headers["Cache-Control"] = _FOR_GOOD if request.query.get("v") == asset.digest else _ASK_FIRST
        return response


def _read(path: Path) -> _Asset:
    body = path.read_bytes()
    return _Asset(body, hashlib.sha256(body).hexdigest()[:16], mimetypes.guess_type(path.name)[0] or "text/plain")
