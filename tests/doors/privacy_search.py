"""Finds a secret in bytes in whatever dress it may wear: spelled, encoded, escaped, or digested without a key."""

from __future__ import annotations

import hashlib
import html
import ipaddress
import json
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote

Form = tuple[str, bytes]

_DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
# What is shorter turns up by chance in random bytes.
_SHORTEST = 8


def forms_of(secret: str) -> list[Form]:
    """Returns each dress of a secret with its name, every one long enough not to be found by chance."""
    forms: dict[bytes, str] = {}
    for name, form in (*_spelled(secret), *_digested(secret), *_packed(secret)):
        if len(form) >= _SHORTEST:
            forms.setdefault(form, name)
    return [(name, form) for form, name in forms.items()]


def find(secrets: Sequence[str], surfaces: Mapping[str, bytes]) -> list[str]:
    """Returns one line for each secret that is on a surface in some form; letter case does not hide one."""
    hits = []
    for where, surface in surfaces.items():
        folded = surface.lower()
        for number, secret in enumerate(secrets):
            for name, form in forms_of(secret):
                if form in surface or (name == "plain" and form.lower() in folded):
                    hits.append(f"secret {number} as {name} in {where}")
    return hits


def _spelled(secret: str) -> Iterator[Form]:
    spellings = {
        "plain": secret,
        "lower case": secret.lower(),
        "upper case": secret.upper(),
        "reversed": secret[::-1],
        "with (at)": secret.replace("@", " (at) "),
        "with [at]": secret.replace("@", "[at]"),
    }
    for name, spelling in spellings.items():
        yield name, spelling.encode()
        for encoding, encode in _ENCODINGS.items():
            yield f"{name}, {encoding}", encode(spelling).encode()
        for encoding in ("utf-16-le", "utf-16-be"):
            yield f"{name}, {encoding}", spelling.encode(encoding)
        for alignment in range(3):
            yield f"{name}, base64 at {alignment}", _base64_inside(spelling.encode(), alignment, b64encode)
            yield f"{name}, base64url at {alignment}", _base64_inside(spelling.encode(), alignment, urlsafe_b64encode)


def _percent(text: str) -> str:
    return quote(text, safe="")


_ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "in a URL": _percent,
    "in a URL with small letters": lambda text: quote(text, safe="").replace("%2B", "%2b").replace("%3A", "%3a"),
    "twice in a URL": lambda text: _percent(_percent(text)),
    "in HTML": html.escape,
    "in HTML by numbers": lambda text: "".join(c if c.isalnum() else f"&#{ord(c)};" for c in text),
    "in JSON by numbers": lambda text: "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in text),
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "hex": lambda text: text.encode().hex(),
    "hex in capitals": lambda text: text.encode().hex().upper(),
    "base32": lambda text: b32encode(text.encode()).decode().rstrip("="),
}


def _base64_inside(secret: bytes, alignment: int, encode: Callable[[bytes], bytes]) -> bytes:
    """Returns the characters of a base64 text that depend on nothing but a secret `alignment` bytes into a group."""
    encoded = encode(b"\0" * alignment + secret)
    whole_bits = (alignment + len(secret)) * 8
    return encoded[(0, 2, 3)[alignment] : whole_bits // 6]


def _digested(secret: str) -> Iterator[Form]:
    for spelling in dict.fromkeys((secret, secret.lower(), secret.upper(), f"mailto:{secret}", f"{secret}\n")):
        for name in _DIGESTS:
            digest = hashlib.new(name, spelling.encode()).digest()
            yield name, digest
            yield f"{name} in hex", digest.hex().encode()
            yield f"{name} in hex, capitals", digest.hex().upper().encode()
            yield f"{name} in base64", b64encode(digest).rstrip(b"=")
            yield f"{name} in base64url", urlsafe_b64encode(digest).rstrip(b"=")


def _packed(secret: str) -> Iterator[Form]:
    try:
        address = ipaddress.ip_address(secret)
    except ValueError:
        return
    yield "written out", address.exploded.encode()
    yield "as a number", str(int(address)).encode()
    yield "packed", address.packed
    if address.version == 6:
        yield "packed, hex", address.packed.hex().encode()
