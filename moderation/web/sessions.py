"""The key that a browser holds: how it is given, read and taken back, and what of the browser is remembered with it."""

from __future__ import annotations

import secrets

from aiohttp import hdrs, web

# The prefix makes browsers refuse it from anybody but us: Secure, without Domain, for the whole host.
COOKIE = "__Host-moderation"

# What a one-time link begins with.
LINK_PATH = "/console/link/"

_LONGEST_KEY = 200

# The first that is found counts: most browsers name others that they want to be taken for.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_key(request: web.BaseRequest) -> str | None:
    """Returns the key that the browser holds: of a session, or one that was given before the log-in."""
    key = request.cookies.get(COOKIE, "")
    return key if 0 < len(key) <= _LONGEST_KEY else None


def new_browser_key() -> str:
    """Returns a key for a browser in which nobody is logged in yet; it opens nothing."""
    return f"before_{secrets.token_urlsafe(32)}"


def give_key(response: web.StreamResponse, key: str) -> None:
    """Lets the browser hold a key until it is closed; the store knows how long it opens anything."""
    response.set_cookie(COOKIE, key, path="/", secure=True, httponly=True, samesite="Lax")


def take_key(response: web.StreamResponse) -> None:
    """Lets the browser forget its key."""
    response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")


def device_of(request: web.BaseRequest) -> str:
    """Returns what people recognise their own devices by, such as "Firefox, Linux"; empty when nothing is known."""
    agent = request.headers.get(hdrs.USER_AGENT, "")
    return ", ".join(filter(None, (_first(agent, _BROWSERS), _first(agent, _SYSTEMS))))


def _first(agent: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in known if mark in agent), "")
