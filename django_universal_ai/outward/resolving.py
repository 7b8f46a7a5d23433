"""From the name of a host to addresses that may be called."""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_address
from typing import Any

from ..exceptions import AddressRefused, Unreachable
from .addresses import Address, why_denied
from .conf import outward_settings
from .target import Target


def resolve(target: Target, *, seconds: float) -> list[Address]:
    """Look the host up, once, and judge all of its addresses: one bad one spoils them.

    Raises :class:`~django_universal_ai.exceptions.AddressRefused`, or
    :class:`~django_universal_ai.exceptions.Unreachable` where there is no answer in time.
    """
    try:
        addresses = [ip_address(text) for text in _look_up(target.host, target.port, seconds)]
    except (OSError, UnicodeError, ValueError):
        raise Unreachable(f"The host {target.host} wasn't found.") from None
    if not addresses:
        raise Unreachable(f"The host {target.host} has no address.")
    if not target.is_trusted:
        options = outward_settings()
        for address in addresses:
            why = why_denied(
                address, trusted=options.trusted_networks, denied=options.denied_networks
            )
            if why:
                # The address itself isn't told: who asks would learn our network's names.
                raise AddressRefused(f"This site doesn't call {target.host}: {why}.")
    return addresses


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """``getaddrinfo`` with a limit, which it doesn't have: whose host it is may let us wait."""
    found: list[Any] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=look_up, name="universal-ai-lookup", daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if not found:
        raise TimeoutError
    if isinstance(found[0], Exception):
        raise found[0]
    return list(dict.fromkeys(str(entry[4][0]) for entry in found[0]))
