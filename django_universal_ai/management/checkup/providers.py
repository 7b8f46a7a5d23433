"""Offline providers: which can run here, and what the others need."""

from __future__ import annotations

from collections.abc import Iterator

from ...backends import backends
from ...backends.local import LocalBackend
from ...providers import registry
from .line import Line, Mark


def lines() -> Iterator[Line]:
    for backend in backends.all():
        if not isinstance(backend, LocalBackend):
            continue
        missing = {
            name: what
            for name in backend.names()
            if (what := registry.missing(registry.find(name))) is not None
        }
        ready = [name for name in backend.names() if name not in missing]
        where = f"backend {backend.alias!r}"
        if ready:
            yield Line(Mark.OK, "providers", f"{where} can run {', '.join(ready)}")
        is_asked_for = backend.options["providers"] is not None or not ready
        for what in missing.values():
            # Installed without its extra is the usual state; named in the settings it's a mistake.
            yield Line(Mark.LOOK if is_asked_for else Mark.NOTE, "providers", f"{where}: {what}")
