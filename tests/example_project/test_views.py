from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from django_universal_ai import engine
from django_universal_ai.models import Status, UniversalAIFile, UniversalAIJob
from example_project.documents import forms
from example_project.documents.models import Document

from .conftest import SAMPLES

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def upload(name: str = "scan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, (SAMPLES / name).read_bytes())


def bring(client: Client, file: Any = None) -> Document:
    """Bring a file through the form; returns its document."""
    answer = client.post("/", {"file": file or upload()})
    assert answer.status_code == 302, answer.content.decode()
    return Document.objects.get()


def fail(document: Document) -> UniversalAIJob:
    """Let the document's job fail, as a provider that can't read it does."""
    file = UniversalAIFile.objects.get()
    with file.file.storage.open(str(file.file.name), "wb") as stored:
        stored.write(b"%PDF-1.7 and nothing else")
    engine.advance(here=True)
    job: UniversalAIJob = document.jobs.latest()
    assert job.status == Status.FAIL
    return job


def test_a_document_is_taken_in_with_its_job(client: Client) -> None:
    document = bring(client)
    job = document.jobs.get()
    assert job.requested_model == "ocr/ocr_async/rapidocr"
    assert job.content_object == document
    assert document.title == "scan.pdf"


def test_a_recording_goes_to_the_recogniser(client: Client) -> None:
    job = bring(client, upload("speech.wav")).jobs.get()
    assert job.requested_model == "audio/speech_to_text_async/pocketsphinx"


def test_the_script_is_told_where_to_go(client: Client) -> None:
    answer = client.post("/", {"file": upload()}, headers=JSON)
    assert answer.status_code == 201
    assert answer.json() == {"url": Document.objects.get().get_absolute_url()}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"just some text", "isn't a recording, a PDF or an image"),
        (b"", "This file is empty (0 bytes)."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "isn't a recording"),
    ],
)
def test_bad_input_is_refused_next_to_the_field(client: Client, content: bytes, words: str) -> None:
    answer = client.post("/", {"file": SimpleUploadedFile("a.txt", content)}, headers=JSON)
    assert answer.status_code == 422
    assert words in answer.json()["errors"]["file"][0]
    page = client.post("/", {"file": SimpleUploadedFile("a.txt", content)})
    assert page.status_code == 422
    assert words.replace("'", "&#x27;") in page.content.decode()
    assert not Document.objects.exists()


def test_no_file_at_all_is_refused(client: Client) -> None:
    assert "Choose a file first." in client.post("/").content.decode()


def test_a_file_that_is_too_large_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "LARGEST", 1024)
    answer = client.post("/", {"file": upload()}, headers=JSON)
    assert "is the most" in answer.json()["errors"]["file"][0]


def test_what_the_app_refuses_leaves_no_document(client: Client, settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {
            "BACKEND": "django_universal_ai.backends.local.LocalBackend",
            "OPTIONS": {"providers": ["pocketsphinx"]},
        }
    }
    answer = client.post("/", {"file": upload()}, headers=JSON)
    assert answer.status_code == 422
    assert "rapidocr" in answer.json()["errors"]["provider"][0]
    assert not Document.objects.exists()
    assert not UniversalAIFile.objects.exists()


def test_a_provider_that_does_not_read_this_kind_is_refused(
    client: Client, settings: Settings
) -> None:
    settings.UNIVERSAL_AI = {
        "default": {
            "BACKEND": "django_universal_ai.backends.http.HTTPBackend",
            "OPTIONS": {"api_key": "k"},
        },
        "local": {"BACKEND": "django_universal_ai.backends.local.LocalBackend"},
    }
    refused = client.post("/", {"file": upload(), "provider": "deepgram"}, headers=JSON)
    assert refused.json()["errors"]["provider"] == [
        "Deepgram doesn't read documents. Choose another one."
    ]
    unknown = client.post("/", {"file": upload(), "provider": "nobody"}, headers=JSON)
    assert unknown.json()["errors"]["provider"] == ["Choose one of the providers in the list."]
    client.post("/", {"file": upload(), "provider": "mistral"})
    job = UniversalAIJob.objects.get()
    assert (job.requested_model, job.backend) == ("ocr/ocr_async/mistral", "default")


@pytest.mark.parametrize(("name", "feature"), [("scan", "ocr"), ("speech", "audio")])
def test_the_samples_can_be_tried(client: Client, name: str, feature: str) -> None:
    assert client.post(f"/samples/{name}/").status_code == 302
    assert UniversalAIJob.objects.get().feature == feature


def test_there_is_no_other_sample(client: Client) -> None:
    assert client.post("/samples/other/").status_code == 404


class TestWhoSeesWhat:
    def test_the_same_browser(self, client: Client) -> None:
        document = bring(client)
        assert client.get(document.get_absolute_url()).status_code == 200
        assert "scan.pdf" in client.get("/").content.decode()

    def test_another_browser_sees_nothing(self, client: Client) -> None:
        url = bring(client).get_absolute_url()
        other = Client()
        for address in (url, f"{url}status/", f"{url}original/"):
            assert other.get(address).status_code == 404
        assert other.post(f"{url}retry/").status_code == 404
        assert "scan.pdf" not in other.get("/").content.decode()

    def test_a_user_sees_her_own_everywhere_and_nobody_elses(self, client: Client) -> None:
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        client.force_login(ann)
        url = bring(client).get_absolute_url()
        assert Document.objects.get().owner == ann
        for user, status in ((ann, 200), (ben, 404)):
            elsewhere = Client()
            elsewhere.force_login(user)
            assert elsewhere.get(url).status_code == status

    def test_signing_in_loses_nothing(self, client: Client) -> None:
        url = bring(client).get_absolute_url()
        client.force_login(User.objects.create_user("ann"))
        assert client.get(url).status_code == 200

    def test_what_is_public_is_for_everybody(self, client: Client) -> None:
        url = bring(client).get_absolute_url()
        Document.objects.update(is_public=True)
        assert Client().get(url).status_code == 200


class TestStatus:
    def test_it_is_answered_with_304_until_something_changes(self, client: Client) -> None:
        document = bring(client)
        url = f"{document.get_absolute_url()}status/"
        first = client.get(url)
        assert first.json()["status"] == Status.PENDING
        assert not first.json()["settled"]
        tag = first["ETag"]
        assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
        fail(document)
        changed = client.get(url, headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.json()["settled"]

    def test_a_document_without_a_job_has_none(self, client: Client) -> None:
        document = bring(client)
        document.jobs.all().delete()
        assert client.get(f"{document.get_absolute_url()}status/").status_code == 404
        assert "no job" in client.get(document.get_absolute_url()).content.decode()
        assert client.get(f"{document.get_absolute_url()}original/").status_code == 404


class TestFailure:
    def test_it_is_told_in_words(self, client: Client) -> None:
        document = bring(client)
        fail(document)
        page = client.get(document.get_absolute_url()).content.decode()
        assert "scan.pdf is a damaged PDF file" in page

    def test_it_can_be_tried_again(self, client: Client) -> None:
        document = bring(client)
        failed = fail(document)
        for _ in range(2):  # the second click finds the new job
            client.post(f"{document.get_absolute_url()}retry/")
        again = document.jobs.exclude(pk=failed.pk).get()
        assert again.parent == failed
        document.refresh_from_db()
        assert document.note == ""

    def test_what_did_not_fail_is_not_tried_again(self, client: Client) -> None:
        document = bring(client)
        client.post(f"{document.get_absolute_url()}retry/")
        assert document.jobs.count() == 1


class TestOriginal:
    def test_it_comes_under_the_type_that_its_bytes_tell(self, client: Client) -> None:
        url = f"{bring(client).get_absolute_url()}original/"
        answer = client.get(url)
        assert answer["Content-Type"] == "application/pdf"
        assert b"".join(answer) == (SAMPLES / "scan.pdf").read_bytes()

    def test_what_the_bytes_do_not_tell_is_only_downloaded(self, client: Client) -> None:
        document = bring(client)
        file = UniversalAIFile.objects.get()
        with file.file.storage.open(str(file.file.name), "wb") as stored:
            stored.write(b"<script>alert(1)</script>")
        answer = client.get(f"{document.get_absolute_url()}original/")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        answer.close()

    def test_it_may_be_gone(self, client: Client) -> None:
        document = bring(client)
        UniversalAIFile.objects.get().file.delete(save=True)
        assert client.get(f"{document.get_absolute_url()}original/").status_code == 404
        assert client.get(document.get_absolute_url()).status_code == 200


def test_the_front_page_needs_the_same_queries_for_many_documents(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        client.post("/samples/speech/")
    with django_assert_max_num_queries(4):
        assert client.get("/").status_code == 200
