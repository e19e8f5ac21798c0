"""What people choose for one browser: how comments are shown there, and whether single keys do something."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from aiohttp import web

# Not `__Host-moderation`: whoever logs out on a shared device keeps how it shows pages.
COOKIE = "__Host-moderation-device"
_A_YEAR = 365 * 24 * 3600


class Choice(StrEnum):
    """What can be switched on for a browser."""

    GREY = "grey"  # everything in shades of grey
    BLUR = "blur"  # a comment is blurred until somebody turns to it
    NO_KEYS = "no_keys"  # single keys do nothing (WCAG 2.1.4)


def device_of(request: web.BaseRequest) -> frozenset[Choice]:
    """Returns what is switched on in this browser."""
    told = request.cookies.get(COOKIE, "").split(".")
    return frozenset(choice for choice in Choice if choice in told)


def keep_choices(response: web.StreamResponse, chosen: Iterable[str]) -> None:
    """Lets the browser hold what is switched on; what is none of our choices is left out."""
    told = set(chosen)
    value = ".".join(choice for choice in Choice if choice in told)
    response.set_cookie(COOKIE, value, path="/", max_age=_A_YEAR, secure=True, httponly=True, samesite="Lax")
