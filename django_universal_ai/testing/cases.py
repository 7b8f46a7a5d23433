"""The kit for unittest."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    def setUp(self) -> None:
        super().setUp()
        self.universal_ai = self.enterContext(UniversalAI())
