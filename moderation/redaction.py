"""Takes out of a log line what may be somebody's address. Linear in the length of the text."""

from __future__ import annotations

import ipaddress
import re

# The local part is looked for from the left and bounded, so that a long run of letters costs 64 steps a letter at most.
# `%40` is an at sign in a URL. A password in `scheme://user:password@host` is taken out with it.
_EMAIL = re.compile(r"[^\s@\"'<>()\[\]{},;:=/\\|]{1,64}(?:@|%40)[^\s@\"'<>()\[\]{},;:=/\\|&?#]{1,255}", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\.?[0-9])")
_IPV6 = re.compile(r"(?<![0-9A-Za-z:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f:.]{0,19}")

# C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of a line.
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")
_TURNS = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_DROPPED: dict[int, str | None] = {**_CONTROLS, **_TURNS}


def redacted(text: str) -> str:
    """Returns `text` on one line, with `[e-mail]` and `[ip]` in the place of addresses.

    Loopback and unspecified addresses stay: they are where we listen, and nobody's.
    """
    if not text.isprintable():
        text = text.translate(_DROPPED)
    if "@" in text or "%40" in text:
        text = _EMAIL.sub("[e-mail]", text)
    if ":" in text:
        text = _IPV6.sub(_without_ip, text)
    if "." in text:
        text = _IPV4.sub(_without_ip, text)
    return text


def _without_ip(found: re.Match[str]) -> str:
    """Four numbers with dots always go, even too large ones; groups with colons may be a time of day: they are read."""
    whole = found.group()
    for candidate in (whole, whole.rstrip(":.")):
        try:
            address = ipaddress.ip_address(candidate)
        except ValueError:
            continue
        return whole if address.is_loopback or address.is_unspecified else "[ip]"
    return whole if ":" in whole else "[ip]"
