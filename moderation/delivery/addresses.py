"""Where we may connect to. Whoever may name an address to us must not reach what only we can reach."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from moderation.errors import FieldError, Invalid

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Networks = tuple[Network, ...]

MAX_URL = 2000

# The addresses that IANA has given out for the internet as a whole; all others lead inside, nowhere, or into IPv4.
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
# Of these, what is set apart: protocol assignments with Teredo, documentation, 6to4 (holds any IPv4 address).
_SPECIAL_IPV6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
# What Python counts as global and is not for us: relays for 6to4, shared and reserved space, and multicast.
_SPECIAL_IPV4 = tuple(
    map(
        ipaddress.IPv4Network,
        ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/3"),
    )
)


def networks_of(names: Iterable[str]) -> Networks:
    """Returns networks by their names, such as `10.0.0.0/8`. Raises ValueError."""
    return tuple(ipaddress.ip_network(name) for name in names)


def allows(address: str, exempt: Networks, *, encrypted: bool) -> bool:
    """Tells whether we may connect to an IP address: one of the public internet, encrypted, or one of `exempt`."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(ip in network for network in exempt):
        return True
    return encrypted and _is_public(ip)


def check_url(url: str, exempt: Networks) -> None:
    """Raises Invalid unless this may be the address of an endpoint. Names are looked up only when we connect."""
    problem = _problem(url, exempt)
    if problem:
        raise Invalid([FieldError("url", "invalid", problem)])


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not any(ip in network for network in _SPECIAL_IPV4)
    # Addresses of IPv4 inside IPv6 (mapped, compatible, translated) lie outside of what is global, so none gets in.
    return ip in _GLOBAL_IPV6 and not any(ip in network for network in _SPECIAL_IPV6)


def _problem(url: str, exempt: Networks) -> str | None:
    try:
        url.encode("ascii")
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "This is no address of a server."
    if len(url) > MAX_URL or not host or any(letter <= " " for letter in url):
        return f"An address names a host and has at most {MAX_URL} characters, none of them blank."
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not exempt):
        return "An address begins with https://"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "An address holds no user name, no password and no fragment: it is shown to moderators."
    return _problem_of_host(host, exempt, encrypted=parts.scheme == "https")


def _problem_of_host(host: str, exempt: Networks, *, encrypted: bool) -> str | None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None  # a name, or an odd spelling of a number; where it leads is seen when we connect
    return None if allows(host, exempt, encrypted=encrypted) else "This address is not one of the public internet."
