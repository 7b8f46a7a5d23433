from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from example_project.documents import forms
from example_project.documents.models import Document

from .brought import JSON, bring, ended, letter, upload

pytestmark = pytest.mark.django_db


def errors(answer: Any) -> str:
    """What the script is told about a single file."""
    assert answer.status_code == 422
    return " ".join(answer.json()["files"][0]["errors"])


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
    url = Document.objects.get().get_absolute_url()
    assert answer.json() == {"files": [{"name": "scan.pdf", "url": url}]}


class TestSeveralFiles:
    def test_each_is_a_document_with_a_job(self, client: Client) -> None:
        answer = client.post("/", {"file": [upload(), upload("speech.wav")]})
        assert answer["Location"] == "/"
        assert {document.title for document in Document.objects.all()} == {"scan.pdf", "speech.wav"}
        assert UniversalAIJob.objects.count() == 2

    def test_a_bad_one_is_named_and_stops_no_other(self, client: Client) -> None:
        answer = client.post("/", {"file": [upload(), letter(), upload("speech.wav")]}, follow=True)
        assert Document.objects.count() == 2
        page = answer.content.decode()
        assert "letter.txt: It isn&#x27;t a recording, a PDF or an image" in page

    def test_the_script_is_told_what_became_of_each(self, client: Client) -> None:
        answer = client.post("/", {"file": [letter(), upload("speech.wav")]}, headers=JSON)
        assert answer.status_code == 201
        bad, good = answer.json()["files"]
        assert bad["name"] == "letter.txt"
        assert bad["errors"]
        assert good["url"] == Document.objects.get().get_absolute_url()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"just some text", "isn't a recording, a PDF or an image"),
        (b"", "It is empty (0 bytes)."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "isn't a recording"),
    ],
)
def test_bad_input_is_refused_under_its_name(client: Client, content: bytes, words: str) -> None:
    assert words in errors(
        client.post("/", {"file": SimpleUploadedFile("a.txt", content)}, headers=JSON)
    )
    page = client.post("/", {"file": SimpleUploadedFile("a.txt", content)})
    assert page.status_code == 422
    assert words.replace("'", "&#x27;") in page.content.decode()
    assert "<b>a.txt</b>" in page.content.decode()
    assert not Document.objects.exists()


def test_no_file_at_all_is_refused(client: Client) -> None:
    assert "Choose a file first." in client.post("/").content.decode()


def test_a_file_that_is_too_large_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "LARGEST", 1024)
    assert "is the most" in errors(client.post("/", {"file": upload()}, headers=JSON))


def test_what_the_app_refuses_leaves_no_document(client: Client, settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {
            "BACKEND": "django_universal_ai.backends.local.LocalBackend",
            "OPTIONS": {"providers": ["pocketsphinx"]},
        }
    }
    assert "rapidocr" in errors(client.post("/", {"file": upload()}, headers=JSON))
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
    assert errors(refused) == "Deepgram doesn't read documents. Choose another one."
    unknown = client.post("/", {"file": upload(), "provider": "nobody"}, headers=JSON)
    assert errors(unknown) == "Choose one of the providers in the list."
    client.post("/", {"file": upload(), "provider": "mistral"})
    job = UniversalAIJob.objects.get()
    assert (job.requested_model, job.backend) == ("ocr/ocr_async/mistral", "default")


@pytest.mark.parametrize(("name", "feature"), [("scan", "ocr"), ("speech", "audio")])
def test_the_samples_can_be_tried(client: Client, name: str, feature: str) -> None:
    assert client.post(f"/samples/{name}/").status_code == 302
    assert UniversalAIJob.objects.get().feature == feature


def test_there_is_no_other_sample(client: Client) -> None:
    assert client.post("/samples/other/").status_code == 404


class TestWhenTheBudgetIsSpent:
    @pytest.fixture(autouse=True)
    def _nothing_left(self, settings: Settings) -> None:
        settings.MONTHLY_BUDGET = "0"

    def test_a_file_is_refused_in_words_and_leaves_nothing(self, client: Client) -> None:
        words = errors(client.post("/", {"file": upload()}, headers=JSON))
        assert "doesn't allow it" in words
        assert "Sign up to have one of your own." in words
        assert not Document.objects.exists()
        assert not UniversalAIFile.objects.exists()

    def test_so_is_a_sample(self, client: Client) -> None:
        page = client.post("/samples/speech/", follow=True)
        assert "allow it: 0.000 are used" in page.content.decode()
        assert not UniversalAIJob.objects.exists()


class TestTheList:
    def test_it_says_how_each_job_stands_and_goes_on_looking(self, client: Client) -> None:
        bring(client)
        page = client.get("/").content.decode()
        assert "Waiting to start" in page
        assert "<universal-ai-status" in page
        ended(Document.objects.get())
        page = client.get("/").content.decode()
        assert "<universal-ai-status" not in page
        assert "<small>Read.</small>" in page

    def test_where_it_is_empty_it_says_what_will_be_there(self, client: Client) -> None:
        assert "Nothing here yet." in client.get("/").content.decode()

    def test_it_needs_the_same_queries_for_many_documents(
        self, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(4):
            ended(bring(client, upload("speech.wav")))
        with django_assert_max_num_queries(4):
            assert client.get("/").status_code == 200
