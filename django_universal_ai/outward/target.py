"""URLs that somebody else has named, taken apart once and judged as far as they tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from ..exceptions import AddressRefused
from .addresses import Address, why_denied
from .conf import OutwardSettings, outward_settings

LONGEST = 2083
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Visible ASCII without what browsers and libraries read differently.
_SOUND = re.compile(r"[!-~]+")
_AMBIGUOUS = re.compile(r'[\\<>"^`{|}]')
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
#: A last label that is a number makes the host an IPv4 address to some: ``127.1``, ``0x7f.1``.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to call: parts that nobody takes apart a second time."""

    scheme: str
    host: str
    """A name in ASCII and lower case, or an address without brackets."""
    port: int
    path: str
    """Path and query, as they go over the wire."""
    is_trusted: bool = False
    """The settings name it: its addresses aren't judged."""

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may be logged and shown."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = _DEFAULT_PORTS[self.scheme] == self.port
        return f"{self.scheme}://{host}" + ("" if default else f":{self.port}")


def parse(url: str) -> Target:
    """Take a URL apart and judge it by itself: the network isn't asked.

    Raises :class:`~django_universal_ai.exceptions.AddressRefused` with a sentence that says what
    is wrong with it; the URL isn't repeated there, it may hold secrets.
    """
    if len(url) > LONGEST:
        raise AddressRefused(f"The URL is longer than {LONGEST} characters.")
    if not _SOUND.fullmatch(url) or _AMBIGUOUS.search(url):
        raise AddressRefused(
            "The URL holds characters that have to be encoded: percent signs in its path, "
            "punycode (xn--) in its host."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("It isn't an absolute URL.") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.netloc:
        raise AddressRefused("It isn't an absolute https URL.")
    if "@" in parts.netloc:
        raise AddressRefused("The URL may hold no user name and no password.")
    options = outward_settings()
    host, address = _host(parts.hostname or "", "[" in parts.netloc)
    if port is None:
        port = _DEFAULT_PORTS[parts.scheme]
    is_trusted = _is_trusted(host, address, options)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(parts.scheme, host, port, path, is_trusted)
    if not is_trusted:
        _judge(target, address, options)
    return target


def _host(host: str, is_bracketed: bool) -> tuple[str, Address | None]:
    """The host in its one form, and the address that it is, if it is one."""
    try:
        address: Address | None = ip_address(host)
    except ValueError:
        address = None
    if isinstance(address, IPv6Address):
        if not is_bracketed or "%" in host:
            raise AddressRefused("An IPv6 address stands in brackets and has no zone.")
        return address.compressed, address
    if is_bracketed:
        raise AddressRefused("Only an IPv6 address stands in brackets.")
    if address is not None:
        return host, address
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("Its host isn't a name of letters, digits, dots and hyphens.")
    if _NUMBER.fullmatch(labels[-1]):
        raise AddressRefused("An IPv4 address is written as four decimal numbers.")
    return host, None


def _is_trusted(host: str, address: Address | None, options: OutwardSettings) -> bool:
    if address is None:
        return host in options.trusted_hosts
    return any(address in network for network in options.trusted_networks)


def _judge(target: Target, address: Address | None, options: OutwardSettings) -> None:
    if target.scheme != "https" and not options.ALLOW_HTTP:
        raise AddressRefused("This site calls https URLs only.")
    if target.port not in options.ports:
        allowed = ", ".join(map(str, options.ports))
        raise AddressRefused(f"This site doesn't call port {target.port}, only {allowed}.")
    if address is not None and (why := why_denied(address, denied=options.denied_networks)):
        raise AddressRefused(f"This site doesn't call {address}: {why}.")
    if target.host == "localhost" or target.host.endswith(".localhost"):
        raise AddressRefused("This site doesn't call itself.")
