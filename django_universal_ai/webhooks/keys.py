"""The public keys that a backend's ``webhook_public_keys`` names."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from ..backends import BaseBackend, backends
from ..contract.signature import load_public_keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

logger = logging.getLogger("django_universal_ai")

OPTION = "webhook_public_keys"


def receiving_backends() -> list[BaseBackend]:
    """The backends whose jobs webhooks may be about."""
    return [backend for backend in backends.all() if OPTION in backend.options]


def public_keys(backend: BaseBackend) -> tuple[RSAPublicKey, ...]:
    """The backend's keys, PEM files read once per process.

    Raises :class:`~django.core.exceptions.ImproperlyConfigured` naming the key that is no good.
    """
    given = backend.options.get(OPTION) or ()
    entries = (given,) if isinstance(given, str | Path) else tuple(given)
    where = f"UNIVERSAL_AI[{backend.alias!r}]['OPTIONS'][{OPTION!r}]"
    return tuple(
        key for place, entry in enumerate(entries) for key in _keys(str(entry), f"{where}[{place}]")
    )


def usable_keys(backend: BaseBackend) -> tuple[RSAPublicKey, ...]:
    """:func:`public_keys`; none, and a line in the log, where the setting is no good.

    Without a key a webhook is a hint, which is always safe: the job's state comes from our own
    GET. A mistake in the settings must not lose webhooks, and must not make us believe more.
    """
    try:
        return public_keys(backend)
    except ImproperlyConfigured as error:
        logger.error("Webhooks of backend %r can't be checked: %s", backend.alias, error)
        return ()


@lru_cache(maxsize=64)
def _keys(entry: str, where: str) -> tuple[RSAPublicKey, ...]:
    try:
        return load_public_keys([_pem(entry)])
    except ImportError as error:
        raise ImproperlyConfigured(f"{where} needs an extra. {error}") from error
    except OSError as error:
        raise ImproperlyConfigured(
            f"{where} names a PEM file that can't be read: {entry[:200]} "
            f"({error.strerror or type(error).__name__})."
        ) from error
    except ValueError as error:
        raise ImproperlyConfigured(f"{where} is no good: {error}.") from error


def _pem(entry: str) -> str:
    """A PEM text as it is; anything else is the path of a file with one."""
    if entry.lstrip().startswith("-----BEGIN"):
        return entry
    return Path(entry).read_text(encoding="ascii", errors="replace")
