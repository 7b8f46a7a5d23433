"""What every backend has to pass, whoever does its work.

Subclass it where the backend's own tests are, and give it a ``backend`` fixture::

    class TestMine(BackendSuite):
        @pytest.fixture
        def backend(self):
            return MyBackend("mine", {...})

        def request_for(self, backend, file=None):     # a request that this backend can do
            ...
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.checks import CheckMessage

from django_universal_ai.backends.base import BaseBackend
from django_universal_ai.contract import JobRequest, JobResponse, ModelId
from django_universal_ai.exceptions import BackendError, NotFound

DEADLINE = 30.0
UNKNOWN = "00000000-0000-4000-8000-000000000000"


class BackendSuite:
    """The promises of :class:`BaseBackend`, as tests."""

    def request_for(self, backend: BaseBackend, file: str | None = None) -> JobRequest:
        """A request that the backend carries out well; ``file`` is what its upload gave."""
        file = file or f"https://files.example/{uuid4()}.wav"
        return JobRequest(model="audio/speech_to_text_async/google", input={"file": file})

    def upload_content(self) -> bytes:
        """A file that the request of :meth:`request_for` can work on."""
        return b"RIFF, more or less"

    def finished(self, backend: BaseBackend, job: JobResponse) -> JobResponse:
        """The job's end, waited for where the backend tells it."""
        ends_at = time.monotonic() + DEADLINE
        while not job.is_terminal:
            assert backend.can_get, "submit left a job unfinished that nobody can ask for"
            assert time.monotonic() < ends_at, f"{job.public_id} has not ended"
            time.sleep(0.01)
            job = backend.get(job.public_id)
        return job

    def listed(self, backend: BaseBackend, status: str | None = None) -> dict[str, str]:
        """Status by id, over all pages."""
        found: dict[str, str] = {}
        page = pages = 1
        while page <= pages:
            jobs = backend.list_jobs(status=status, page=page, limit=1000)
            found |= {item.public_id: item.status for item in jobs.items}
            page, pages = page + 1, jobs.total_pages
        return found

    def test_submit_answers_with_the_job(self, backend: BaseBackend) -> None:
        request = self.request_for(backend)
        job = backend.submit(request)
        assert job.public_id
        assert job.status
        assert ModelId.parse(request.model).name == f"{job.feature}/{job.subfeature}"
        assert job.provider

    def test_two_submits_are_two_jobs(self, backend: BaseBackend) -> None:
        request = self.request_for(backend)
        assert backend.submit(request).public_id != backend.submit(request).public_id

    def test_a_job_ends_with_an_output_that_is_json(self, backend: BaseBackend) -> None:
        job = self.finished(backend, backend.submit(self.request_for(backend)))
        assert (job.status, job.error) == ("success", None)
        assert json.loads(json.dumps(job.output, allow_nan=False)) == job.output
        assert job.output
        assert job.cost is not None
        assert job.cost >= 0

    def test_a_job_that_runs_here_has_ended_when_submit_returns(self, backend: BaseBackend) -> None:
        if not backend.runs_here:
            return  # its jobs end later
        assert backend.submit(self.request_for(backend)).is_terminal

    def test_an_ended_job_stays_as_it_is(self, backend: BaseBackend) -> None:
        if not backend.can_get:
            return  # that it says so is tested below
        job = self.finished(backend, backend.submit(self.request_for(backend)))
        again = [backend.get(job.public_id) for _ in range(2)]
        assert [(each.status, each.output, each.cost) for each in again] == [
            (job.status, job.output, job.cost)
        ] * 2

    def test_an_unknown_job_is_not_found(self, backend: BaseBackend) -> None:
        if not backend.can_get:
            return  # that it says so is tested below
        with pytest.raises(NotFound):
            backend.get(UNKNOWN)

    def test_the_list_tells_the_state_of_jobs(self, backend: BaseBackend) -> None:
        if not backend.can_list:
            return  # that it says so is tested below
        jobs = [backend.submit(self.request_for(backend)) for _ in range(3)]
        assert {job.public_id for job in jobs} <= set(self.listed(backend))
        for job in jobs:
            self.finished(backend, job)
        assert not {job.public_id for job in jobs} & set(self.listed(backend, "processing"))
        ended = self.listed(backend)
        assert {ended[job.public_id] for job in jobs} == {"success"}

    def test_the_list_has_pages(self, backend: BaseBackend) -> None:
        if not backend.can_list:
            return  # that it says so is tested below
        made = {backend.submit(self.request_for(backend)).public_id for _ in range(3)}
        pages = [backend.list_jobs(page=page, limit=2) for page in (1, 2)]
        assert [(page.page, page.limit, page.total_pages) for page in pages] == [
            (1, 2, 2),
            (2, 2, 2),
        ]
        assert {item.public_id for page in pages for item in page.items} == made

    def test_a_deleted_job_is_gone(self, backend: BaseBackend) -> None:
        if not backend.can_delete:
            return  # that it says so is tested below
        job = self.finished(backend, backend.submit(self.request_for(backend)))
        backend.delete(job.public_id)
        with pytest.raises(NotFound):
            backend.get(job.public_id)

    def test_deleting_an_unknown_job_is_not_found(self, backend: BaseBackend) -> None:
        if not backend.can_delete:
            return  # that it says so is tested below
        with pytest.raises(NotFound):
            backend.delete(UNKNOWN)

    def test_an_upload_can_be_worked_on(self, backend: BaseBackend) -> None:
        if not backend.can_upload:
            return  # that it says so is tested below
        content = self.upload_content()
        info = backend.upload(io.BytesIO(content), name="call.wav", expires_in_days=1)
        assert (info.file_name, info.file_size) == ("call.wav", len(content))
        request = self.request_for(backend, file=info.file_id)
        assert self.finished(backend, backend.submit(request)).status == "success"

    def test_what_it_cannot_do_it_does_not_pretend_to_do(self, backend: BaseBackend) -> None:
        attempts: dict[str, Callable[[], object]] = {
            "can_get": lambda: backend.get(UNKNOWN),
            "can_list": lambda: backend.list_jobs(),
            "can_delete": lambda: backend.delete(UNKNOWN),
            "can_upload": lambda: backend.upload(io.BytesIO(b"x"), name="x"),
        }
        for flag, attempt in attempts.items():
            if not getattr(backend, flag):
                with pytest.raises((NotImplementedError, BackendError)):
                    attempt()

    def test_a_request_that_works_is_valid(self, backend: BaseBackend) -> None:
        backend.validate(self.request_for(backend))

    def test_no_secret_is_in_its_name(self, backend: BaseBackend) -> None:
        names = repr(backend), str(backend), backend.account
        secrets = [v for k, v in backend.options.items() if "key" in k and v and isinstance(v, str)]
        assert not [(s, n) for s in secrets for n in names if s in n]
        assert 0 < len(backend.account) <= 64

    def test_its_checks_are_messages_of_django(self, backend: BaseBackend) -> None:
        assert all(isinstance(message, CheckMessage) for message in backend.check())

    def test_it_works_again_after_close(self, backend: BaseBackend) -> None:
        backend.submit(self.request_for(backend))
        backend.close()
        backend.close()
        assert backend.submit(self.request_for(backend)).public_id
