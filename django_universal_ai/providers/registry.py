"""Which providers are installed, and what they serve."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from shutil import which

from ..exceptions import ProviderMissing
from .base import Provider

logger = logging.getLogger(__name__)

#: The entry point group under which a package names its provider classes.
GROUP = "django_universal_ai.providers"


@cache
def providers() -> dict[str, type[Provider]]:
    """Every provider that an installed package declares, by name.

    Declared is not yet able to run: :func:`missing` tells. A declaration that can't be loaded is
    logged and left out, so that one broken package doesn't stop the others. Read once per process.
    """
    found: dict[str, type[Provider]] = {}
    for entry_point in sorted(entry_points(group=GROUP)):
        provider = _load(entry_point)
        if provider is None:
            continue
        if found.setdefault(provider.name, provider) is not provider:
            logger.warning(
                "Two providers are called %r; %s is used, %s is not.",
                provider.name,
                _path(found[provider.name]),
                _path(provider),
            )
    return found


def find(name: str) -> type[Provider]:
    """The provider of that name.

    Raises :class:`~django_universal_ai.exceptions.ProviderMissing`, which lists what there is.
    """
    try:
        return providers()[name]
    except KeyError:
        known = ", ".join(sorted(providers())) or "none"
        message = f"No provider called {name!r} is installed. Installed: {known}."
        raise ProviderMissing(message) from None


def missing(provider: type[Provider]) -> str | None:
    """What to install before the provider can run; ``None`` when it can. Imports nothing."""
    programs = [program for program in provider.programs if which(program) is None]
    if programs:
        message = f"The provider {provider.name!r} needs {' and '.join(programs)} on the path."
        return f"{message} {provider.hint}".rstrip()
    absent = [module for module in provider.requires if find_spec(module) is None]
    if not absent:
        return None
    message = f"The provider {provider.name!r} needs {' and '.join(absent)}, not installed here."
    if provider.extra:
        message += f" Run: pip install 'django-universal-ai[{provider.extra}]'"
    return message


def who_serves(name: str) -> list[str]:
    """Names of the providers that serve a ``feature/subfeature``, sorted."""
    return sorted(key for key, provider in providers().items() if name in provider.subfeatures)


def _load(entry_point: EntryPoint) -> type[Provider] | None:
    try:
        loaded = entry_point.load()
    except Exception:
        # Anything may go wrong in a stranger's module; it must not stop the other providers.
        logger.exception(
            "The provider %r (%s) can't be loaded.", entry_point.name, entry_point.value
        )
        return None
    if not (isinstance(loaded, type) and issubclass(loaded, Provider)):
        logger.error("The provider %r (%s) is no Provider.", entry_point.name, entry_point.value)
        return None
    return loaded


def _path(provider: type[Provider]) -> str:
    return f"{provider.__module__}.{provider.__qualname__}"
