"""Origins of pages, as browsers write them: scheme, host and port, and nothing else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_USUAL_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")


def origin_of(url: str) -> str | None:
    """Returns the origin of a page's address as a browser would send it; None if it is not http or https."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii").lower()
    except ValueError:  # UnicodeError among them
        return None
    if parts.scheme not in _USUAL_PORTS or not _HOST.fullmatch(host):
        return None
    return f"{parts.scheme}://{host}" + ("" if port in (None, _USUAL_PORTS[parts.scheme]) else f":{port}")


def is_bare(url: str) -> bool:
    """Tells whether there is nothing in an address but its origin: no path, no query, no name of a user."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
