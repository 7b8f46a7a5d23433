"""Players and viewers on the page of a job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from django_universal_ai import downloads
from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob
from tests.rows import make_job

from .conftest import Person, url_of
from .test_files import FILES

pytestmark = pytest.mark.django_db


def attach(job: UniversalAIJob, name: str, field: str = "file") -> UniversalAIFile:
    file = UniversalAIFile.objects.store(b"x", name=name)
    JobFile.objects.create(job=job, file=file, field=field)
    return file


def page(client: Client, job: UniversalAIJob) -> str:
    return client.get(url_of(job)).content.decode()


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("call.wav", "<audio controls"),
        ("film.mp4", "<video controls"),
        ("scan.png", "<img src="),
        ("bill.pdf", "<iframe src="),
    ],
)
def test_an_input_has_its_viewer(root: Client, name: str, tag: str) -> None:
    job = make_job("pending")
    file = attach(job, name)
    for html in (page(root, job), root.get(f"{FILES}{file.pk}/change/").content.decode()):
        assert tag in html
        assert f'"{FILES}{file.pk}/content/"' in html


def test_what_no_browser_shows_can_be_downloaded(root: Client) -> None:
    job = make_job("pending")
    file = attach(job, "notes.html")
    html = page(root, job)
    assert f'"{FILES}{file.pk}/content/?download"' in html
    assert ">Open</a>" not in html


def test_files_of_the_result_are_found_by_the_links_that_we_signed(
    root: Client, tmp_path: Any
) -> None:
    path = tmp_path / "speech.mp3"
    path.write_bytes(b"ID3")
    file = downloads.store(path, owner=None, seconds=600)
    private = UniversalAIFile.objects.store(b"ID3", name="private.mp3")
    job = make_job(
        "success",
        output={
            "audio_resource_url": downloads.link_to(file, "https://site.example"),
            "forged": f"/universal-ai/files/{file.pk}.AAAA",
            "private": downloads.link_to(private, None),
            "elsewhere": "https://files.example/other.mp3?token=1",
            "number": 5,
        },
    )
    html = page(root, job)
    assert html.count("<audio") == 1
    assert f'<audio controls preload="metadata" src="{FILES}{file.pk}/content/"' in html
    assert "Result: audio_resource_url" in html
    UniversalAIFile.objects.update(expires_at=file.created_at - timedelta(seconds=1))
    assert "<audio" not in page(root, job)


def test_removed_content_is_not_offered(root: Client) -> None:
    job = make_job("success")
    attach(job, "call.wav")
    UniversalAIFile.objects.update(file="")
    html = page(root, job)
    assert "<audio" not in html
    assert "call.wav" in html


def test_they_are_for_those_who_may_see_files(viewer: Client, person: Person) -> None:
    job = make_job("success")
    attach(job, "call.wav")
    assert "/content/" not in page(viewer, job)
    assert "/content/" in page(person("view_universalaijob", "view_universalaifile"), job)


def test_a_name_is_never_markup(root: Client) -> None:
    job = make_job("success")
    file = attach(job, "a.png", field='"><img src=x onerror=alert(1)>')
    UniversalAIFile.objects.filter(pk=file.pk).update(name='"><img src=x onerror=alert(1)>.png')
    html = page(root, job)
    assert "<img src=x" not in html
    assert "<img src=x" not in root.get(f"{FILES}{file.pk}/change/").content.decode()
