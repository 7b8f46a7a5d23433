"""Which addresses are the public Internet's, by a table of our own.

``ipaddress.is_global`` isn't enough: it calls the NAT64 form of 169.254.169.254 global, and
``fec0::``, ``::127.0.0.1`` and multicast, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: IPv4 from the IANA registry of special addresses, and what clouds have made special.
_DENIED_4 = {
    "0.0.0.0/8": "this host",
    "10.0.0.0/8": "a private network",
    "100.64.0.0/10": "a carrier's network",
    "127.0.0.0/8": "this machine",
    "168.63.129.16/32": "a cloud's own service",
    "169.254.0.0/16": "link-local, and where clouds keep their metadata",
    "172.16.0.0/12": "a private network",
    "192.0.0.0/24": "reserved for protocols",
    "192.0.2.0/24": "for documentation",
    "192.88.99.0/24": "a 6to4 relay",
    "192.168.0.0/16": "a private network",
    "198.18.0.0/15": "for benchmarks",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
#: IPv6 inside of 2000::/3; whatever is outside of it is no public host: loopback, mapped and
#: compatible IPv4, NAT64, unique local, link-local, site-local, multicast.
_DENIED_6 = {
    "2001::/23": "reserved for protocols (Teredo, ORCHID, benchmarks)",
    "2001:db8::/32": "for documentation",
    "2002::/16": "6to4, which holds an IPv4 address",
    "3ffe::/16": "the old test network",
    "3fff::/20": "for documentation",
}
_PUBLIC_6 = IPv6Network("2000::/3")
_DENIED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what) for network, what in (_DENIED_4 | _DENIED_6).items()
)
#: Interface ids of ISATAP: an IPv4 address is behind them, whatever is before.
_ISATAP = (0x00005EFE, 0x02005EFE)


def why_denied(
    address: Address, *, trusted: Iterable[Network] = (), denied: Iterable[Network] = ()
) -> str:
    """What is wrong with calling an address; empty where nothing is.

    ``trusted`` networks may be called whatever they are; ``denied`` ones may not, beside those of
    the table.
    """
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "it has a zone"
    if any(address in network for network in trusted):
        return ""
    for network, what in _DENIED:
        if address in network:
            return what
    if any(address in network for network in denied):
        return "a network of this site's own"
    if isinstance(address, IPv6Address):
        if address not in _PUBLIC_6:
            return "not a public IPv6 address"
        if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
            return "ISATAP, which holds an IPv4 address"
    return ""
