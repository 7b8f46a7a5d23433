"""Offline providers: who does a job's work in the project's own workers.

A provider is a class found by the entry point group ``django_universal_ai.providers``. It runs in
a child process of its own, so that a crash, a leak or an endless loop of it ends one job only.
Nothing here imports Django, and nothing heavy is imported before a provider runs.
"""

from __future__ import annotations

from .base import Progress, Provider, ProviderRequest, ProviderResult
from .registry import find, missing, providers, who_serves
from .runner import close, run

__all__ = [
    "Progress",
    "Provider",
    "ProviderRequest",
    "ProviderResult",
    "close",
    "find",
    "missing",
    "providers",
    "run",
    "who_serves",
]
