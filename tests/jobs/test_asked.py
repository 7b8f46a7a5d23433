from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from django_universal_ai import engine, signals, waking
from django_universal_ai.backends import BaseBackend, backends
from django_universal_ai.exceptions import InvalidInput, JobConflict, OutcomeUnknown, RateLimited
from django_universal_ai.models import Account, JobEvent, UniversalAIJob
from tests.remote import Configure
from tests.rows import change, events_of, fresh, in_seconds, make_job, row_of
from tests.upstream import Upstream

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("endless")]


def at_work() -> UniversalAIJob:
    job = make_job()
    assert engine.send(job)
    return change(job, due_at=in_seconds(500))


class TestRefresh:
    def test_it_asks_now_and_tells_the_host(self, remote: BaseBackend, upstream: Upstream) -> None:
        seen: list[UniversalAIJob] = []

        def receive(job: UniversalAIJob, **kwargs: object) -> None:
            seen.append(job)

        job = at_work()
        assert job.public_id
        upstream.jobs.finish(job.public_id)
        signals.job_succeeded.connect(receive)
        try:
            assert job.refresh() is job
        finally:
            signals.job_succeeded.disconnect(receive)
        assert (job.status, job.output) == ("success", upstream.settings.output)
        assert seen == [job]

    def test_a_job_that_is_at_work_stays_so(self, remote: BaseBackend, upstream: Upstream) -> None:
        job = at_work()
        job.refresh()
        assert (job.status, job.polls) == ("processing", 1)
        assert len(upstream.ledger.requests("GET")) == 1

    @pytest.mark.parametrize("status", ["success", "fail"])
    def test_a_finished_job_is_not_asked_for(
        self, status: str, remote: BaseBackend, upstream: Upstream
    ) -> None:
        job = make_job(status)
        assert job.refresh().status == status
        assert upstream.ledger.requests() == []

    def test_a_finished_job_outlives_its_backend(self) -> None:
        job = make_job("success", backend="closed-down")
        assert job.refresh().status == "success"

    def test_a_job_that_is_not_sent_yet_is_made_due(
        self, remote: BaseBackend, upstream: Upstream
    ) -> None:
        job = make_job(due=500)
        job.refresh()
        assert UniversalAIJob.objects.due().get() == job
        assert upstream.ledger.requests() == []

    def test_an_answer_about_another_job_is_not_taken(
        self, remote: BaseBackend, upstream: Upstream
    ) -> None:
        job = at_work()
        upstream.fault("answer", method="GET", patch={"public_id": "another", "status": "success"})
        job.refresh()
        assert (job.status, job.output) == ("processing", None)
        assert job.note == "The service told of another job: another."

    @pytest.mark.django_db(transaction=True)
    def test_in_a_transaction_nothing_is_asked(
        self, remote: BaseBackend, upstream: Upstream
    ) -> None:
        job = at_work()
        with transaction.atomic():
            job.refresh()
            assert upstream.ledger.requests("GET") == []
        assert UniversalAIJob.objects.due().get() == job

    def test_a_worker_is_told_of_a_job_that_is_made_due(
        self, sent: list[Any], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        job = make_job(due=500)
        with django_capture_on_commit_callbacks(execute=True):
            job.refresh()
        assert sent == [(waking.SUBMIT, [str(job.pk)], backends[job.backend].queue)]

    def test_trouble_is_told_and_nothing_is_lost(
        self, remote: BaseBackend, upstream: Upstream
    ) -> None:
        job = at_work()
        upstream.fault("lost", method="GET")
        with pytest.raises(OutcomeUnknown):
            job.refresh()
        assert fresh(job).status == "processing"
        job.refresh()

    def test_a_closed_account_is_not_asked(self, remote: BaseBackend, upstream: Upstream) -> None:
        job = at_work()
        Account.objects.update(closed_until=in_seconds(60))
        with pytest.raises(RateLimited):
            job.refresh()
        assert upstream.ledger.requests("GET") == []

    def test_a_job_that_is_not_found_is_not_given_up_at_once(
        self, remote: BaseBackend, upstream: Upstream
    ) -> None:
        job = at_work()
        upstream.jobs.clear()
        assert job.refresh().status == "processing"
        change(job, missing_since=in_seconds(-10_000))
        assert job.refresh().status == "fail"


class TestDelete:
    def test_it_is_deleted_there_and_stays_here(
        self, remote: BaseBackend, upstream: Upstream
    ) -> None:
        job = at_work()
        job.delete_remote()
        assert upstream.jobs.all()[0].deleted
        assert fresh(job).status == "processing"
        assert events_of(job) == ["submitted", "noticed"]
        assert JobEvent.objects.latest("at").detail == {"what": "deleted at the service"}

    def test_what_is_gone_already_counts_as_deleted(
        self, remote: BaseBackend, upstream: Upstream
    ) -> None:
        job = at_work()
        job.delete_remote()
        job.delete_remote()
        assert events_of(job) == ["submitted", "noticed"]

    def test_a_job_that_was_never_sent_has_nothing_there(self, remote: BaseBackend) -> None:
        with pytest.raises(JobConflict, match="no id"):
            make_job().delete_remote()

    def test_offline_jobs_are_nowhere_else(self) -> None:
        with pytest.raises(JobConflict, match="'local'"):
            make_job("success", backend="local").delete_remote()

    def test_trouble_is_told(self, remote: BaseBackend, upstream: Upstream) -> None:
        job = at_work()
        upstream.fault("answer", method="DELETE", status=500, body={})
        with pytest.raises(OutcomeUnknown):
            job.delete_remote()
        Account.objects.update(closed_until=in_seconds(60))
        with pytest.raises(RateLimited):
            job.delete_remote()
        assert events_of(job) == ["submitted"]

    def test_the_rate_counts_for_these_as_well(
        self, configure: Configure, upstream: Upstream
    ) -> None:
        configure(rate_limit=1)
        job = at_work()
        Account.objects.update(next_request_at=in_seconds(60))
        with pytest.raises(RateLimited):
            job.delete_remote()
        assert upstream.ledger.requests("DELETE") == []


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (UniversalAIJob.refresh, "processing"),
        (UniversalAIJob.delete_remote, "processing"),
        (UniversalAIJob.delete_remote, "success"),
    ],
)
def test_nobody_can_be_asked_where_the_backend_is_gone(
    ask: Callable[[UniversalAIJob], object], status: str
) -> None:
    job = change(make_job(status), backend="gone")
    before = row_of(job)
    with pytest.raises(InvalidInput) as error:
        ask(job)
    assert error.value.field == "using"
    assert row_of(job) == before
