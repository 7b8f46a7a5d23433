"""Who does the work: the configured backends, and which of them takes a job."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from ..conf import DEFAULT_ALIAS, backend_settings, import_backend, refuse_unknown
from ..contract import ModelId
from ..contract.sealed import SealedDict
from ..exceptions import InvalidInput
from .base import BaseBackend, RunResponse

__all__ = [
    "Backends",
    "BaseBackend",
    "RunResponse",
    "backends",
    "choose_backend",
    "choose_fallback_backend",
]


class Backends:
    """The configured backends by alias, each made once per process, when first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, BaseBackend] = {}

    def __getitem__(self, alias: str) -> BaseBackend:
        """The backend ``alias``; raises :class:`InvalidInput` naming the known ones."""
        if alias not in self._made:
            self._made[alias] = self._make(alias)
        return self._made[alias]

    def aliases(self) -> list[str]:
        """All configured aliases, ``default`` first."""
        return sorted(backend_settings(), key=lambda alias: (alias != DEFAULT_ALIAS, alias))

    def all(self) -> list[BaseBackend]:
        return [self[alias] for alias in self.aliases()]

    def sharing(self, alias: str) -> list[str]:
        """The aliases of the same account: to the service, their jobs are one customer's."""
        if alias not in backend_settings():
            return [alias]
        account = self[alias].account
        return [backend.alias for backend in self.all() if backend.account == account]

    def reset(self) -> None:
        """Forget what was made; the next use reads the settings anew."""
        made, self._made = self._made, {}
        for backend in made.values():
            backend.close()

    def _make(self, alias: str) -> BaseBackend:
        configured = backend_settings()
        if alias not in configured:
            raise InvalidInput(
                "using",
                f"There is no backend {alias!r} in settings.UNIVERSAL_AI. "
                f"Known: {', '.join(self.aliases())}.",
            )
        entry = SealedDict(configured[alias])
        cls = import_backend(alias, entry["BACKEND"])
        if not issubclass(cls, BaseBackend):
            raise ImproperlyConfigured(f"{entry['BACKEND']} is not a BaseBackend.")
        options = SealedDict(entry.get("OPTIONS", {}))
        refuse_unknown(options, set(cls.defaults), f"settings.UNIVERSAL_AI[{alias!r}]['OPTIONS']")
        return cls(alias, options)


backends = Backends()


def choose_backend(model: ModelId, using: str | None = None) -> BaseBackend:
    """Who runs a job: ``using``; else who declares the model's provider; else ``default``."""
    if using is not None:
        return backends[using]
    for backend in backends.all():
        if backend.serves(model):
            return backend
    return backends[DEFAULT_ALIAS]


def choose_fallback_backend(model: ModelId, first: BaseBackend) -> BaseBackend:
    """Who runs a fallback of a job that ``first`` runs.

    Who declares the fallback's provider, ``first`` before all others. What nobody declares goes
    to a service: to ``first``, or where that works here itself, to ``default``.
    """
    for backend in (first, *backends.all()):
        if backend.serves(model):
            return backend
    return first if first.is_service else backends[DEFAULT_ALIAS]


def _forget_backends(*, setting: str, **kwargs: Any) -> None:
    if setting == "UNIVERSAL_AI":
        backends.reset()


setting_changed.connect(_forget_backends, dispatch_uid="universal_ai.backends")
