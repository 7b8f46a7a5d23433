"""For the tests of projects that use this app: scripted jobs, an outbox, and time at will.

With pytest, take the fixture ``universal_ai``; with unittest, :class:`UniversalAITestMixin`. Both
give a :class:`UniversalAI`.
"""

from __future__ import annotations

from .cases import UniversalAITestMixin
from .kit import UniversalAI
from .network import NetworkBlocked
from .script import Rule

__all__ = ["NetworkBlocked", "Rule", "UniversalAI", "UniversalAITestMixin"]
