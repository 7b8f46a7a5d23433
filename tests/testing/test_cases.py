from __future__ import annotations

from django.test import TestCase, TransactionTestCase

from django_universal_ai.models import UniversalAIJob
from django_universal_ai.testing import UniversalAITestMixin

from .test_kit import SPEECH, now, output_of, submit


class InATransaction(UniversalAITestMixin, TestCase):
    def test_a_job_runs(self) -> None:
        self.universal_ai.on(SPEECH).succeed({"text": "Hello"})
        with self.captureOnCommitCallbacks(execute=True):
            job = submit()
        self.universal_ai.run()
        assert output_of(job).text == "Hello"

    def test_each_test_has_its_own(self) -> None:
        self.universal_ai.assert_nothing_submitted()
        assert self.universal_ai.posts == []


class WithCommits(UniversalAITestMixin, TransactionTestCase):
    def test_a_job_runs(self) -> None:
        job = submit()
        self.universal_ai.run()
        assert now(job).status == "success"
        assert UniversalAIJob.objects.count() == 1
