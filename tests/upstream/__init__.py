"""A Universal AI service on loopback, written apart from the package: the judge of its tests.

It imports nothing of ``django_universal_ai``, follows the contract's documents, and keeps a ledger
of every request. In a test::

    def test_something(upstream):
        upstream.fault("lost", method="POST")        # accepted, never answered
        ...
        assert len(upstream.ledger.posts()) == 1

Out of process: ``python -m tests.upstream --port 0`` and ``tests.upstream.Control(url)``.
"""

from __future__ import annotations

from .client import Control, upstream_process
from .faults import Fault, Kind
from .ledger import Entry, busiest
from .server import Upstream
from .settings import Settings

__all__ = [
    "Control",
    "Entry",
    "Fault",
    "Kind",
    "Settings",
    "Upstream",
    "busiest",
    "upstream_process",
]
