"""Documents that tests bring to the site."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from django_universal_ai import engine
from django_universal_ai.models import Status, UniversalAIFile, UniversalAIJob
from example_project.documents.models import Document

from .conftest import SAMPLES

#: What the page's script asks for.
JSON = {"Accept": "application/json"}


def upload(name: str = "scan.pdf") -> SimpleUploadedFile:
    """One of the samples."""
    return SimpleUploadedFile(name, (SAMPLES / name).read_bytes())


def letter() -> SimpleUploadedFile:
    """A file that nobody here gets the text out of."""
    return SimpleUploadedFile("letter.txt", b"just some text")


def bring(client: Client, file: Any = None) -> Document:
    """Bring a file through the form; returns its document."""
    answer = client.post("/", {"file": file or upload()})
    assert answer.status_code == 302, answer.content.decode()
    return Document.objects.latest("pk")


def fail(document: Document) -> UniversalAIJob:
    """Let the document's job fail, as a provider that can't read it does."""
    file = UniversalAIFile.objects.get()
    with file.file.storage.open(str(file.file.name), "wb") as stored:
        stored.write(b"%PDF-1.7 and nothing else")
    engine.advance(here=True)
    job: UniversalAIJob = document.jobs.latest()
    assert job.status == Status.FAIL
    return job


def ended(document: Document, **fields: Any) -> UniversalAIJob:
    """Let the document's job end well with these fields, and its signal have arrived."""
    job: UniversalAIJob = document.jobs.latest()
    values = {"status": Status.SUCCESS, "due_at": None, "finished_at": job.requested_at} | fields
    UniversalAIJob.objects.filter(pk=job.pk).update(**values)
    Document.objects.filter(pk=document.pk).update(note="Read.")
    job.refresh_from_db()
    return job
