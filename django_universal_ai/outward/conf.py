"""``settings.UNIVERSAL_AI_OUTWARD``, read when it is needed and never at import."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ..conf import refuse_unknown
from .addresses import Network

NAME = "settings.UNIVERSAL_AI_OUTWARD"


@dataclass(frozen=True)
class OutwardSettings:
    """The options and their defaults."""

    ALLOW_HTTP: bool = False
    """Whether ``http`` URLs are called as well."""
    PORTS: tuple[int, ...] = (443,)
    """The ports that may be called; with ``ALLOW_HTTP`` 80, too."""
    TRUSTED: tuple[str, ...] = ()
    """Hosts and networks that may be called whatever they are: over http, at any port."""
    DENIED: tuple[str, ...] = ()
    """Networks that may not be called although they are public: the site's own."""
    FETCH_FILES: bool = True
    """Whether offline providers' inputs may be URLs."""
    MAX_FILE_BYTES: int = 100 * 1024**2
    """The largest file that is fetched."""

    @cached_property
    def trusted_networks(self) -> tuple[Network, ...]:
        return tuple(network for entry in self.TRUSTED if (network := _network(entry)))

    @cached_property
    def trusted_hosts(self) -> frozenset[str]:
        return frozenset(entry.lower() for entry in self.TRUSTED if _network(entry) is None)

    @cached_property
    def denied_networks(self) -> tuple[Network, ...]:
        return tuple(ip_network(entry) for entry in self.DENIED)

    @property
    def ports(self) -> tuple[int, ...]:
        return (*self.PORTS, 80) if self.ALLOW_HTTP else self.PORTS


def outward_settings() -> OutwardSettings:
    """The options in force. Raises :class:`~django.core.exceptions.ImproperlyConfigured`."""
    configured: Any = getattr(settings, "UNIVERSAL_AI_OUTWARD", {})
    if not isinstance(configured, dict):
        raise ImproperlyConfigured(f"{NAME} must be a dictionary.")
    defaults = asdict(OutwardSettings())
    refuse_unknown(configured, set(defaults), NAME)
    return OutwardSettings(
        **{name: _checked(name, value, defaults[name]) for name, value in configured.items()}
    )


def _checked(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise _wrong(name, "must be True or False")
    elif isinstance(default, int):
        if type(value) is not int or value < 1:
            raise _wrong(name, "must be a positive whole number")
    elif not isinstance(value, list | tuple):
        raise _wrong(name, "must be a list")
    elif name == "PORTS":
        if not all(type(port) is int and 0 < port < 65536 for port in value):
            raise _wrong(name, "must hold port numbers")
        return tuple(value)
    else:
        return tuple(_entry(name, entry) for entry in value)
    return value


def _entry(name: str, entry: Any) -> str:
    is_network = isinstance(entry, str) and _network(entry) is not None
    is_host = name == "TRUSTED" and isinstance(entry, str) and entry and "/" not in entry
    if not (is_network or is_host):
        what = "host names and networks" if name == "TRUSTED" else "networks"
        raise _wrong(name, f"must hold {what}, like '10.1.0.0/16'; not {entry!r}")
    return str(entry)


def _wrong(name: str, what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{NAME}[{name!r}] {what}.")


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry)
    except ValueError:
        return None
