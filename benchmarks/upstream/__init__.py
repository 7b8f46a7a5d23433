"""A Universal AI service on loopback that is lean enough to be no part of the measurement.

The tests' service (``tests.upstream``) keeps a ledger of every request and can be made to
misbehave; this one only counts, in one thread without any framework, so that it leaves the two
cores of a small machine to those who are measured.
"""

from __future__ import annotations

from .control import Control, Job, upstream

__all__ = ["Control", "Job", "upstream"]
