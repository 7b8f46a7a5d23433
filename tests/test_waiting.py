from __future__ import annotations

import asyncio
import threading
import time

import pytest

from django_universal_ai import engine
from django_universal_ai.exceptions import JobTimeout
from django_universal_ai.models import UniversalAIJob
from tests.rows import change, make_job

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["success", "fail"])
def test_a_job_that_ended_needs_no_waiting(status: str) -> None:
    job = make_job()
    change(job, status=status, output={"text": "hi"})
    assert job.wait(0) is job
    assert (job.status, job.output) == (status, {"text": "hi"})
    assert job.is_finished


def test_it_waits_until_the_job_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job()
    sleeps: list[float] = []

    def work_meanwhile(seconds: float) -> None:
        sleeps.append(seconds)
        if len(sleeps) == 8:
            engine.advance()

    monkeypatch.setattr("django_universal_ai.waiting.time.sleep", work_meanwhile)
    assert job.wait(60).status == "success"
    assert sleeps == sorted(sleeps) or max(sleeps) <= 1.2
    assert 0.03 < sleeps[0] < 0.07
    assert len(sleeps) == 8


def test_it_ends_at_its_deadline() -> None:
    job = make_job()
    began = time.monotonic()
    with pytest.raises(JobTimeout, match=str(job.pk)) as caught:
        job.wait(0.2)
    assert 0.2 <= time.monotonic() - began < 2
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.job_id == job.pk
    assert "Is a worker running?" in str(caught.value)


@pytest.mark.django_db(transaction=True)
def test_async_code_waits_as_well() -> None:
    job = make_job()

    async def wait() -> UniversalAIJob:
        waiting = asyncio.ensure_future(job.await_finished(30))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        assert threading.current_thread() is threading.main_thread()
        await asyncio.to_thread(lambda: None)
        await UniversalAIJob.objects.filter(pk=job.pk).aupdate(status="success", output={"a": 1})
        return await waiting

    assert asyncio.run(wait()).output == {"a": 1}


@pytest.mark.django_db(transaction=True)
def test_async_waiting_ends_at_its_deadline() -> None:
    job = make_job()
    with pytest.raises(JobTimeout):
        asyncio.run(job.await_finished(0.1))
