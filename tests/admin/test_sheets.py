"""Pages that were read, with boxes around their words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from django_universal_ai.admin import page_pictures, sheets
from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob
from tests.rows import make_job

from .conftest import url_of
from .test_files import FILES

pytestmark = pytest.mark.django_db

BOX = {"left": 0.1, "top": 0.25, "width": 0.5, "height": 0.0333333}
LINE = {"text": "Two words", "words": [{"text": "<b>Two", "bounding_box": BOX}] * 2}
PAGES = {"raw_text": "Two words", "pages": [{"lines": [LINE]}, {"lines": []}, {"lines": [LINE]}]}


def read(name: str, output: Any, subfeature: str = "ocr_async") -> UniversalAIJob:
    job = make_job("success", feature="ocr", subfeature=subfeature, output=output)
    file = UniversalAIFile.objects.store(b"x", name=name)
    JobFile.objects.create(job=job, file=file, field="file")
    return job


def shown(client: Client, job: UniversalAIJob) -> tuple[list[sheets.Sheet], str]:
    response = client.get(url_of(job))
    return response.context["sheets"], response.content.decode()


def test_each_page_of_a_document_with_a_box_for_each_word(root: Client) -> None:
    job = read("bill.pdf", PAGES)
    found, html = shown(root, job)
    assert [(sheet.number, len(sheet.boxes)) for sheet in found] == [(1, 2), (3, 2)]
    assert f'src="{FILES}{job.job_files.get().file_id}/pages/3/"' in html
    assert '<rect x="0.10000" y="0.25000" width="0.50000" height="0.03333">' in html
    assert "<title>&lt;b&gt;Two</title>" in html


def test_a_picture_is_its_own_page(root: Client) -> None:
    job = read("scan.png", PAGES)
    found, _html = shown(root, job)
    assert [sheet.number for sheet in found] == [1]
    assert found[0].url.endswith("/content/")


def test_boxes_without_pages(root: Client) -> None:
    job = read("scan.png", {"text": "a", "bounding_boxes": [{"text": "a", **BOX}]}, "ocr")
    assert [len(sheet.boxes) for sheet in shown(root, job)[0]] == [1]


def test_a_line_without_words_is_a_box(root: Client) -> None:
    line = {"text": "All of it", "bounding_box": BOX, "words": []}
    found, _html = shown(root, read("scan.png", {"pages": [{"lines": [line]}]}))
    assert [box.text for box in found[0].boxes] == ["All of it"]


@pytest.mark.parametrize(
    "output",
    [
        None,
        ["odd"],
        {"pages": {"lines": []}},
        {"pages": [5, {"lines": "x"}, {"lines": [5, {"words": [5]}]}]},
        {"pages": [{"lines": [{"text": "pixels", "bounding_box": BOX | {"left": 120}}]}]},
        {"pages": [{"lines": [{"text": "half", "bounding_box": {"left": 0.1}}]}]},
        {"pages": [{"lines": [{"text": "odd", "bounding_box": BOX | {"top": "0.1"}}]}]},
        {"pages": [{"lines": [{"text": "yes", "bounding_box": BOX | {"top": True}}]}]},
    ],
)
def test_what_cannot_be_drawn_is_left_out(root: Client, output: Any) -> None:
    found, html = shown(root, read("scan.png", output))
    assert found == []
    assert 'id="sheets"' not in html


def test_without_the_renderer_there_is_the_text_alone(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_pictures, "NEEDED", ("surely_not_installed",))
    job = read("bill.pdf", PAGES)
    found, html = shown(root, job)
    assert found == []
    assert "Two words" in html
    file = job.job_files.get().file
    assert root.get(f"{FILES}{file.pk}/pages/1/").status_code == 404


def test_without_the_file_there_is_the_text_alone(root: Client, viewer: Client) -> None:
    job = read("scan.png", PAGES)
    assert shown(viewer, job)[0] == []
    UniversalAIFile.objects.update(file="")
    assert shown(root, job)[0] == []


def test_numbers_are_written_with_a_point_in_every_language(root: Client) -> None:
    job = read("scan.png", PAGES)
    with translation.override("de"):
        assert 'x="0.10000"' in shown(root, job)[1]
