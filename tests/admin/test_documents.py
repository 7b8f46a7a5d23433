"""The JSON fields of a job, read and downloaded."""

from __future__ import annotations

import json
import uuid

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from django_universal_ai.admin import documents
from tests.rows import change, make_job

from .conftest import LIST, Person, url_of

pytestmark = pytest.mark.django_db


def test_all_fields_are_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    job = make_job("success", output={"text": "hi"}, error={}, metadata={"a": 1})
    with django_assert_num_queries(1):
        held = documents.read(job.pk)
    assert set(held) == {"output", "input", "metadata"}
    assert held["output"].value == {"text": "hi"}
    assert held["output"].label == "output"
    assert not held["output"].is_cut


def test_long_json_is_cut_but_its_text_is_still_found() -> None:
    words = "<b>word</b> " * (documents.MOST_SHOWN // 10)
    job = make_job("success", output={"text": words})
    document = documents.read(job.pk)["output"]
    assert document.is_cut
    assert document.size > documents.MOST_SHOWN
    assert document.value == {"text": words}
    assert document.html.startswith('<pre class="uai-raw">{\n  &quot;text&quot;')
    assert "<b>" not in document.html


def test_what_is_too_long_to_be_read_shows_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_READ", 100)
    job = make_job("success", output=["x" * 50] * 5)
    document = documents.read(job.pk)["output"]
    assert document.value is None
    assert len(document.text) == 100
    assert document.html.startswith('<pre class="uai-raw">[&quot;xxx')


def test_what_is_too_deep_is_shown_as_it_is() -> None:
    document = documents.Document("output", "[" * 100_000, 100_000)
    assert document.value is None
    assert "[[[[" in document.html


def test_download_is_a_file_and_never_a_page(root: Client) -> None:
    output = {"html": "<script>alert(1)</script>"}
    job = make_job("success", output=output)
    response = root.get(f"{LIST}{job.pk}/json/output/")
    assert json.loads(response.content) == output
    assert response["Content-Type"] == "application/json"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == f'attachment; filename="{job.pk}-output.json"'
    assert "no-store" in response["Cache-Control"]


def test_download_exists_for_json_that_is_there(root: Client) -> None:
    job = make_job("pending")
    assert root.get(f"{LIST}{job.pk}/json/input/").status_code == 200
    assert root.get(f"{LIST}{job.pk}/json/output/").status_code == 404
    assert root.get(f"{LIST}{job.pk}/json/token_hash/").status_code == 404
    assert root.get(f"{LIST}{uuid.uuid4()}/json/input/").status_code == 404


def test_download_needs_the_right_to_look(person: Person) -> None:
    job = make_job("pending")
    assert person().get(f"{LIST}{job.pk}/json/input/").status_code == 403


def test_the_page_links_to_the_download_and_says_what_is_cut(root: Client) -> None:
    job = make_job("success", output={"text": "y" * documents.MOST_SHOWN})
    page = root.get(url_of(job)).content.decode()
    assert f"{LIST}{job.pk}/json/output/" in page
    assert "This is only the beginning" in page
    change(job, output={"text": "y"})
    assert "This is only the beginning" not in root.get(url_of(job)).content.decode()
