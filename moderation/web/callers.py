"""From where somebody calls, as far as it can be believed. The address is for counting tries, and for nothing else."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# A customer of most providers has as many addresses of IPv6 as they like, in one network of this length.
_IPV6_PREFIX = 64

NOWHERE = "nowhere"  # a socket without an address


def caller_of(remote: str | None, forwarded: Iterable[str], trusted: Sequence[Network]) -> str:
    """Returns the network address of the caller.

    `forwarded` are the values of X-Forwarded-For. Anyone can invent them, so they are read from their end, and no
    further than trusted proxies have written them: the first address that is not a trusted proxy's is the caller.
    """
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    present = _address(remote or "")
    while present is not None and hops and _is_among(present, trusted):
        behind = _address(hops.pop())
        if behind is None:
            break
        present = behind
    return _counted(present) if present else NOWHERE


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _is_among(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _counted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
