"""Whether a request was made by our own page, and not by a stranger's page in the browser of somebody who is logged in.

Two checks, of which each would do: what the browser says about the page, and a token that only our pages know. A
program that is no browser says nothing about pages; for it the token counts alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from moderation.errors import Forbidden
from moderation.web.forms import FORM_TYPE, form_of

TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105
TOKEN_FIELD = "csrf_token"  # noqa: S105

SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


def csrf_token(key: str) -> str:
    """Returns the token that belongs to the key of a browser, and tells nothing about it."""
    mac = hmac.digest(key.encode("utf-8", "surrogatepass"), b"moderation|csrf", hashlib.sha256)
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


async def require_own_page(request: web.Request, key: str | None) -> None:
    """Raises Forbidden unless one of our pages has sent this, with the token that belongs to the browser's key."""
    if not comes_from_us(request):
        raise Forbidden("This was sent by a page of another site.")
    sent = await _sent_token(request)
    if key is None or not hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), csrf_token(key).encode()):
        raise Forbidden("The token of the page is missing or old; load the page again.")


async def _sent_token(request: web.Request) -> str:
    if request.content_type == FORM_TYPE and TOKEN_HEADER not in request.headers:
        return (await form_of(request)).get(TOKEN_FIELD, "")
    return request.headers.get(TOKEN_HEADER, "")


def comes_from_us(request: web.BaseRequest) -> bool:
    """Tells whether one of our own pages has sent this, or no page at all, as far as the browser says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.headers.get(hdrs.HOST, "").lower() != ""
    except ValueError:
        return False
