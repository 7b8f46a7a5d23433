from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User

from django_universal_ai.models import Status, UniversalAIJob
from django_universal_ai.signals import job_failed, job_submitted, job_succeeded
from example_project.documents import intake, kinds, receivers
from example_project.documents.models import Document

pytestmark = pytest.mark.django_db

WORDS: dict[str, Any] = {"text": "one two", "diarization": {"total_speakers": 1, "entries": []}}


@pytest.fixture
def document() -> Document:
    return intake.take_in(intake.SAMPLES / "speech.wav", kinds.RECORDING, title="A recording")


def ended(job: UniversalAIJob, status: str = Status.SUCCESS) -> UniversalAIJob:
    """The row as it is when its signal comes."""
    UniversalAIJob.objects.filter(pk=job.pk).update(
        status=status, output=WORDS, error={"message": "Too quiet."}
    )
    job.refresh_from_db()
    return job


def send(signal: Any, job: UniversalAIJob) -> None:
    signal.send(sender=UniversalAIJob, job=job, event_id=uuid.uuid4())


def test_success_leaves_a_note(document: Document) -> None:
    send(job_succeeded, ended(document.jobs.get()))
    document.refresh_from_db()
    assert document.note.startswith("pocketsphinx found 2 words in ")


def test_failure_leaves_a_note(document: Document) -> None:
    send(job_failed, ended(document.jobs.get(), Status.FAIL))
    document.refresh_from_db()
    assert document.note == "pocketsphinx couldn't read it. Too quiet."


def test_a_late_signal_does_not_overwrite_the_note_of_a_newer_job(document: Document) -> None:
    job = ended(document.jobs.get(), Status.FAIL)
    assert intake.try_again(document)
    send(job_failed, job)
    document.refresh_from_db()
    assert document.note == ""


class TestJobsThatComeInOverHTTP:
    @pytest.fixture
    def job(self) -> UniversalAIJob:
        """A user's job that belongs to nothing."""
        return UniversalAIJob.objects.submit(
            model=kinds.RECORDING.model(),
            input={},
            files={"file": intake.SAMPLES / "speech.wav"},
            owner=User.objects.create_user("ann"),
        )

    def test_get_a_document_of_their_owner(self, job: UniversalAIJob) -> None:
        for _ in range(2):  # a signal may come twice
            send(job_submitted, UniversalAIJob.objects.get(pk=job.pk))
        document = Document.objects.get()
        assert (document.owner, document.title) == (job.owner, "speech.wav")
        job.refresh_from_db()
        assert job.content_object == document

    def test_get_it_also_when_the_end_is_told_first(self, job: UniversalAIJob) -> None:
        send(job_succeeded, ended(job))
        assert Document.objects.get().note

    def test_get_only_one_when_two_processes_make_it(self, job: UniversalAIJob) -> None:
        before = UniversalAIJob.objects.get(pk=job.pk)
        made = receivers.adopt(job)
        assert receivers.adopt(before) == made
        assert Document.objects.get() == made

    def test_without_an_owner_nobody_would_see_it(self, job: UniversalAIJob) -> None:
        UniversalAIJob.objects.update(owner=None)
        send(job_submitted, UniversalAIJob.objects.get(pk=job.pk))
        assert not Document.objects.exists()
