"""Addresses of people, pages and machines: e-mail, http(s) and IP."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from socket import AF_INET, inet_pton

from email_validator import EmailNotValidError, validate_email

from moderation.invisible import trimmed
from moderation.web.texts import given, storable, string, wrong

# RFC 5321, section 4.5.3.1.3, with its erratum: 256 with the angle brackets.
MAX_EMAIL = 254
MAX_URL = 2_000

# The address of nearly everyone: lower-case ASCII atoms before the @, a host name with a dot after it, nothing quoted.
# Nothing punycoded, which is longer in its normal form. Lower case only, because the library folds some names
# (Postmaster, RFC 2142) and not others.
_ORDINARY = re.compile(
    r"([a-z0-9_!#$%&'*+\-/=?^`{|}~]+(?:\.[a-z0-9_!#$%&'*+\-/=?^`{|}~]+)*)"
    r"@(?!.*xn--)([a-z0-9-]+(?:\.[a-z0-9-]+)+)"
)
# How many domains are remembered: at most 1 MB, and more than the readers of a site use.
_DOMAINS = 4_096


def email(value: object) -> str:
    """Takes an e-mail address; returns it in the normal form of email-validator, without asking the DNS.

    Reserved domains (.test, .invalid, localhost …) are refused as the library does.
    """
    address = given(value)
    if len(address) > MAX_EMAIL:
        raise wrong("too_long", f"An e-mail address has at most {MAX_EMAIL} characters.")
    normal = normal_email(address)
    if normal is None:
        raise wrong("invalid", "This is not an e-mail address that can receive mail.")
    return normal


def normal_email(address: str) -> str | None:
    """Returns the normal form of an address, or None if it is none.

    Equal to what the library says, at a twentieth of its cost for an ordinary address: the verdict on the domain is
    remembered. Local parts are not: no list of readers may grow in memory.
    """
    parts = _ORDINARY.fullmatch(address) if len(address) <= MAX_EMAIL else None
    if parts is None:
        return by_library(address)
    local, domain = parts.groups()
    normal_domain = _domain(domain)
    return None if normal_domain is None else f"{local}@{normal_domain}"


def by_library(address: str) -> str | None:
    """Returns the normal form as email-validator sees it, or None."""
    # A lone surrogate would fail inside the library with an error of another kind.
    if not storable(address):
        return None
    try:
        return validate_email(address, check_deliverability=False, test_environment=False).normalized
    except EmailNotValidError:
        return None


@lru_cache(maxsize=_DOMAINS)
def _domain(domain: str) -> str | None:
    normal = by_library(f"a@{domain}")
    return None if normal is None else normal.removeprefix("a@")


# Without user information: `https://ana@example.org` would publish an address as a link. Nothing that a browser drops
# or a reader does not see, and nothing that ends an attribute.
_UNWANTED_IN_URL = re.compile(
    '[\\s\x00-\x20\x7f-\x9f<>"\\\\`\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]'
)
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_\-\u00a1-\U0010ffff]+(?:\.[A-Za-z0-9_\-\u00a1-\U0010ffff]+)*\.?)"
    r"(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<rest>[/?#].*)?",
    # Without ASCII the long s of `httpſ` would be an s.
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
# `example.org:8080/x` has no scheme though it has a colon; `javascript:1` has one.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?![0-9]{1,5}(?:[/?#]|$))")
# RFC 1035, section 2.3.4: 255 octets on the wire, which are 253 characters.
_MAX_HOST = 253


def page_or_none(value: object) -> str | None:
    """Takes the address of a page, http or https; null and the empty string are none."""
    address = _address(value)
    return None if address is None else _checked_url(address)


def website_or_none(value: object) -> str | None:
    """Takes what a reader types as website: like `page_or_none`, and `example.org` is `https://example.org`."""
    address = _address(value)
    if address is None:
        return None
    if not _SCHEME.match(address):
        host = re.split("[:/?#]", address.removeprefix("//"), maxsplit=1)[0]
        # "none" and "n/a" are answers, not hosts.
        if "." not in host.strip("."):
            raise _not_a_page()
        address = "https://" + address.removeprefix("//")
    return _checked_url(address)


def ip_or_none(value: object) -> str | None:
    """Takes an IPv4 or IPv6 address, in its canonical form; an IPv4 address inside IPv6 becomes the IPv4 address."""
    if value is None or value == "":
        return None
    written = string(value)
    if _is_ipv4(written):
        return written
    try:
        address = ip_address(written)
    except ValueError:
        raise wrong("invalid", "This is not an IPv4 or IPv6 address.") from None
    if isinstance(address, IPv6Address):
        # A zone (`fe80::1%eth0`) names an interface of another machine.
        if address.scope_id is not None:
            raise wrong("invalid", "This IPv6 address has a zone, which means nothing here.")
        return str(address.ipv4_mapped or address)
    return str(address)


def _address(value: object) -> str | None:
    return None if value is None else trimmed(string(value)) or None


def _checked_url(address: str) -> str:
    if len(address) > MAX_URL:
        raise wrong("too_long", f"An address of a page has at most {MAX_URL} characters.")
    parts = None if _UNWANTED_IN_URL.search(address) else _URL.fullmatch(address)
    if parts is None or len(parts["host"]) > _MAX_HOST or int(parts["port"] or 0) > 65_535:
        raise _not_a_page()
    if parts["host"].startswith("[") and not _is_ipv6(parts["host"][1:-1]):
        raise _not_a_page()
    # Its readers compare it with "http" and "https".
    return parts["scheme"].lower() + address[len(parts["scheme"]) :]


def _is_ipv4(address: str) -> bool:
    """Tells whether it is an IPv4 address in its one form, faster than `ipaddress`."""
    try:
        inet_pton(AF_INET, address)
    except (OSError, ValueError):  # ValueError: NUL, or half of a surrogate pair
        return False
    return True


def _is_ipv6(address: str) -> bool:
    try:
        IPv6Address(address)
    except ValueError:
        return False
    return True


def _not_a_page() -> ValueError:
    return wrong("invalid", "This is not an http or https address of a page.")
