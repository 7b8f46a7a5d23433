"""``settings.UNIVERSAL_AI``, read when it is needed and never at import."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from .contract.sealed import SealedDict

DEFAULT_ALIAS = "default"

#: What applies where a project has no ``UNIVERSAL_AI`` setting: offline providers, no key.
FALLBACK: dict[str, dict[str, Any]] = {
    DEFAULT_ALIAS: {"BACKEND": "django_universal_ai.backends.local.LocalBackend"},
}


def backend_settings() -> dict[str, dict[str, Any]]:
    """The aliases and their ``BACKEND`` and ``OPTIONS``, shape checked.

    Raises :class:`~django.core.exceptions.ImproperlyConfigured`.
    """
    configured = getattr(settings, "UNIVERSAL_AI", None)
    if configured is None:
        return FALLBACK
    # What is wrong with it may be told to the world; what is in it, a key for one, may not.
    configured = SealedDict(configured) if isinstance(configured, dict) else None
    if configured is None or DEFAULT_ALIAS not in configured:
        raise ImproperlyConfigured(
            "settings.UNIVERSAL_AI must be a dictionary of backends with a 'default' entry."
        )
    for alias in configured:
        _check_entry(alias, configured)
    return configured


def _check_entry(alias: str, configured: SealedDict) -> None:
    entry = configured[alias]
    entry = SealedDict(entry) if isinstance(entry, dict) else None
    where = f"settings.UNIVERSAL_AI[{alias!r}]"
    if entry is None or not isinstance(entry.get("BACKEND"), str):
        raise ImproperlyConfigured(f"{where} needs a 'BACKEND': the dotted path of its class.")
    refuse_unknown(entry, {"BACKEND", "OPTIONS"}, where)
    if not isinstance(entry.get("OPTIONS", {}), dict):
        raise ImproperlyConfigured(f"{where}['OPTIONS'] must be a dictionary.")


def refuse_unknown(given: dict[str, Any], known: set[str], where: str) -> None:
    """Raise on keys of ``given`` outside ``known``, and name the nearest known one."""
    for key in given:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(sorted(known))}."
            raise ImproperlyConfigured(f"{where} has an unknown key {key!r}.{hint}")


def import_backend(alias: str, path: str) -> type[Any]:
    """The backend class at ``path``; the error names the alias."""
    try:
        found: type[Any] = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"settings.UNIVERSAL_AI[{alias!r}]['BACKEND'] can't be imported: {error}"
        ) from error
    return found
