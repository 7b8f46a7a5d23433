from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from example_project.documents.views import document as page_of_document

from .brought import bring, ended, fail, upload

pytestmark = pytest.mark.django_db


def scan(*pages: list[str]) -> dict[str, Any]:
    """The output of a scan's job: words side by side, lines below each other."""
    return {
        "raw_text": "all",
        "number_of_pages": len(pages),
        "pages": [
            {
                "lines": [
                    {
                        "text": line,
                        "confidence": 1.0,
                        "words": [
                            {
                                "text": word,
                                "confidence": 1.0,
                                "bounding_box": {
                                    "left": 0.1 + 0.2 * place,
                                    "top": 0.25,
                                    "width": 0.125,
                                    "height": 0.05,
                                },
                            }
                            for place, word in enumerate(line.split())
                        ],
                    }
                    for line in lines
                ]
            }
            for lines in pages
        ],
    }


def speech(*words: str) -> dict[str, Any]:
    """The output of a recording's job: a word each half second."""
    entries = [
        {
            "segment": word,
            "start_time": f"{place / 2}",
            "end_time": f"{place / 2 + 0.5}",
            "speaker": 1,
            "confidence": 1.0,
        }
        for place, word in enumerate(words)
    ]
    return {"text": " ".join(words), "diarization": {"total_speakers": 1, "entries": entries}}


class TestWhileItIsRead:
    def test_the_page_says_how_the_job_stands_and_goes_on_looking(self, client: Client) -> None:
        page = client.get(bring(client).get_absolute_url()).content.decode()
        assert "Waiting to start" in page
        assert 'data-status="pending"' in page
        assert 'data-settled="no"' in page
        asked = re.search(r'data-src="([^"]+)"', page)
        assert asked is not None
        assert "Waiting to start" in client.get(asked[1]).content.decode()
        assert Client().get(asked[1]).status_code == 404

    def test_a_document_without_a_job_says_so(self, client: Client) -> None:
        document = bring(client)
        document.jobs.all().delete()
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

    def test_but_not_beyond_the_budget(self, client: Client, settings: Settings) -> None:
        document = bring(client)
        fail(document)
        settings.MONTHLY_BUDGET = "0"
        page = client.post(f"{document.get_absolute_url()}retry/", follow=True).content.decode()
        assert "allow it" in page
        assert "This didn't work" in page
        assert document.jobs.count() == 1

    def test_what_did_not_fail_is_not_tried_again(self, client: Client) -> None:
        document = bring(client)
        client.post(f"{document.get_absolute_url()}retry/")
        assert document.jobs.count() == 1


class TestWhatWasRead:
    def test_words_and_their_boxes_have_the_same_key(self, client: Client) -> None:
        document = bring(client)
        ended(document, output=scan(["two words"], ["other page"]))
        page = client.get(document.get_absolute_url()).content.decode()
        assert '<span data-word="1-0-1">words</span>' in page
        box = '<rect data-word="1-0-1" x="0.3'
        assert box in page
        assert f"{document.get_absolute_url()}pages/2/" in page

    def test_a_long_document_is_shown_in_parts(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_of_document, "PAGES", 2)
        document = bring(client)
        ended(document, output=scan(["first"], ["second"], ["third"]))
        url = document.get_absolute_url()
        first, second = (client.get(f"{url}?page={n}").content.decode() for n in (1, 2))
        assert "Page 2 of 3" in first
        assert "third" not in first
        assert "Page 3 of 3" in second
        assert '<a href="?page=2" aria-current="page">3-3</a>' in second

    def test_the_words_of_a_recording_have_their_times(self, client: Client) -> None:
        document = bring(client, upload("speech.wav"))
        ended(document, output=speech("please", "call"))
        page = client.get(document.get_absolute_url()).content.decode()
        assert 'data-start="0.5" data-end="1.0">call</span>' in page
        assert f'<audio controls preload="metadata" src="{document.get_absolute_url()}' in page

    def test_without_times_it_is_plain_text(self, client: Client) -> None:
        document = bring(client, upload("speech.wav"))
        output = {"text": "please call", "diarization": {"total_speakers": 0, "entries": []}}
        ended(document, output=output)
        page = client.get(document.get_absolute_url()).content.decode()
        assert '<div class="text plain-text" id="text-1">please call</div>' in page

    @pytest.mark.parametrize(
        ("name", "output", "words"),
        [
            ("scan.pdf", scan([]), "No text was found on this page."),
            ("speech.wav", speech(), "No words were understood."),
        ],
    )
    def test_nothing_is_told_in_words(
        self, client: Client, name: str, output: dict[str, Any], words: str
    ) -> None:
        document = bring(client, upload(name))
        ended(document, output=output | ({"raw_text": ""} if name == "scan.pdf" else {}))
        assert words in client.get(document.get_absolute_url()).content.decode()
