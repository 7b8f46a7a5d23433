"""The stored files in the admin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from django_universal_ai.models import JobFile, UniversalAIFile
from tests.rows import make_job

FILES = "/admin/universal_ai/universalaifile/"


@pytest.fixture
def file(db: None) -> UniversalAIFile:
    return UniversalAIFile.objects.store(b"x" * 3000, name="call.wav", content_type="audio/wav")


def test_lists_names_and_sizes(root: Client, file: UniversalAIFile) -> None:
    html = root.get(FILES).content.decode()
    assert "call.wav" in html
    assert "2.9\xa0KB" in html


@pytest.mark.parametrize(("text", "count"), [("CALL", 1), ("other", 0)])
def test_is_found_by_its_name(root: Client, file: UniversalAIFile, text: str, count: int) -> None:
    assert len(root.get(FILES, {"q": text}).context["cl"].result_list) == count


def test_is_found_by_its_id(root: Client, file: UniversalAIFile) -> None:
    UniversalAIFile.objects.store(b"y", name="other.wav")
    assert list(root.get(FILES, {"q": file.pk.hex}).context["cl"].result_list) == [file]


def test_says_where_it_was_uploaded(root: Client, file: UniversalAIFile) -> None:
    url = f"{FILES}{file.pk}/change/"
    assert "Not uploaded." in root.get(url).content.decode()
    for hours, words in ((1, "it is kept there until"), (-1, "gone there since")):
        file.remote_until = timezone.now() + timedelta(hours=hours)
        file.remote_account, file.remote_id = "default", "remote-id"
        file.save()
        assert words in root.get(url).content.decode()


@pytest.mark.django_db(transaction=True)
def test_deleting_one_deletes_its_content(root: Client, file: UniversalAIFile) -> None:
    storage, name = file.file.storage, str(file.file.name)
    root.post(f"{FILES}{file.pk}/delete/", {"post": "yes"})
    assert not UniversalAIFile.objects.exists()
    assert not storage.exists(name)


@pytest.mark.django_db(transaction=True)
def test_deleting_several_deletes_their_contents(root: Client, file: UniversalAIFile) -> None:
    storage, name = file.file.storage, str(file.file.name)
    data = {"action": "delete_selected", "_selected_action": str(file.pk), "post": "yes"}
    root.post(FILES, data)
    assert not UniversalAIFile.objects.exists()
    assert not storage.exists(name)


def test_one_that_a_job_reads_stays(root: Client, file: UniversalAIFile) -> None:
    JobFile.objects.create(job=make_job("pending"), file=file, field="file")
    root.post(f"{FILES}{file.pk}/delete/", {"post": "yes"})
    assert file.file.storage.exists(str(file.file.name))
