"""The kit for unittest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .kit import UniversalAI

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object


class UniversalAITestMixin(Base):
    """Give each test of a Django ``TestCase`` or ``TransactionTestCase`` a ``universal_ai``.

    Name it before the test case: ``class ScanTest(UniversalAITestMixin, TestCase)``.
    """

    universal_ai: UniversalAI

    def run(self, result: Any = None) -> Any:
        # Not in setUp(): who has one of their own needn't call super().
        with UniversalAI() as self.universal_ai:
            return super().run(result)
