from __future__ import annotations

import uuid
from typing import Any

import pytest
from celery import current_app

from django_universal_ai import jobs, signals, tasks
from django_universal_ai.backends import backends
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import AUDIO, URL, fresh, make_job

pytestmark = pytest.mark.django_db


def test_a_job_is_sent_and_its_signal_delivered() -> None:
    seen: list[Any] = []

    def receive(sender: Any, job: UniversalAIJob, event_id: uuid.UUID, **kwargs: Any) -> None:
        seen.append((sender, job, event_id))

    signals.job_submitted.connect(receive)
    try:
        job = make_job()
        tasks.submit_job(str(job.pk))
    finally:
        signals.job_submitted.disconnect(receive)
    assert fresh(job).status == "processing"
    assert seen == [(UniversalAIJob, job, JobEvent.objects.get().pk)]


@pytest.mark.parametrize("task", [tasks.submit_job, tasks.poll_job])
@pytest.mark.parametrize("job_id", ["00000000-0000-4000-8000-000000000000", "nonsense", ""])
def test_a_job_that_does_not_exist_is_no_error(task: Any, job_id: str) -> None:
    task(job_id)


@pytest.mark.parametrize("task", [tasks.submit_job, tasks.poll_job])
@pytest.mark.parametrize("status", ["submitting", "uncertain", "success", "fail"])
def test_a_late_message_changes_nothing(task: Any, status: str) -> None:
    job = make_job(status, lease_until=None)
    task(str(job.pk))
    assert fresh(job).status == status
    assert backends["default"].requests == []  # type: ignore[attr-defined]  # the dummy keeps them


def test_a_message_that_comes_three_times_sends_once() -> None:
    job = make_job()
    for _ in range(3):
        tasks.submit_job(str(job.pk))
    assert len(backends["default"].requests) == 1  # type: ignore[attr-defined]  # the dummy keeps them


def test_polling_ends_a_job_of_the_dummy() -> None:
    job = make_job()
    tasks.submit_job(str(job.pk))
    tasks.poll_job(str(job.pk))
    assert fresh(job).status == "success"


@pytest.mark.django_db(transaction=True)
def test_eager_tasks_send_right_after_the_commit() -> None:
    """What many projects set in their own tests."""
    current_app.conf.task_always_eager = True
    try:
        job = jobs.submit(model=AUDIO, input={"file": URL})
    finally:
        current_app.conf.task_always_eager = False
    assert fresh(job).status == "processing"


def test_advancing_counts_its_steps() -> None:
    make_job()
    assert tasks.advance_jobs() >= 2
    assert tasks.advance_jobs() == 0


@pytest.mark.parametrize(
    "task", [tasks.submit_job, tasks.poll_job, tasks.apply_webhook, tasks.advance_jobs]
)
def test_the_projects_time_limits_are_not_for_these(task: Any) -> None:
    """They would kill a worker in the middle of a request that is paid for."""
    assert task.time_limit >= 86400
    assert task.soft_time_limit >= 86400
    assert task.ignore_result
