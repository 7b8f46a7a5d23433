"""Finding a job."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client

from django_universal_ai.admin.search import search
from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job

from .conftest import LIST

OBJECT = "0d9ab7a3-9d6b-4b58-9c6e-5f9a3f0a7b11"


@pytest.fixture
def job(db: None) -> UniversalAIJob:
    """One of many."""
    for _ in range(3):
        make_job("success", requested_model="ocr/ocr/amazon")
    return make_job(
        "success",
        public_id="3f6fa1d2-77cb-4d79-b2b5-0a3f2ab3c001",
        owner=User.objects.create_user("Berta"),
        content_type=ContentType.objects.get_for_model(Group),
        object_id=OBJECT,
    )


def found(client: Client, text: str) -> list[UniversalAIJob]:
    return list(client.get(LIST, {"q": text}).context["cl"].result_list)


def test_by_its_id_with_and_without_dashes(root: Client, job: UniversalAIJob) -> None:
    assert found(root, str(job.pk)) == [job]
    assert found(root, job.pk.hex) == [job]
    assert found(root, f" {str(job.pk).upper()} ") == [job]


def test_by_public_id_object_model_and_owner(root: Client, job: UniversalAIJob) -> None:
    for text in (job.public_id, OBJECT, "speech_to_text", "berta", "bert google"):
        assert found(root, str(text)) == [job]


def test_by_an_id_that_is_no_uuid(root: Client, job: UniversalAIJob) -> None:
    kind = ContentType.objects.get_for_model(Group)
    named = make_job("success", public_id="abc-1", content_type=kind, object_id="77")
    assert found(root, "abc-1") == [named]
    assert found(root, "77") == [named]


def test_nothing_is_found_by_what_no_job_has(root: Client, job: UniversalAIJob) -> None:
    assert found(root, str(uuid.uuid4())) == []
    assert found(root, "berta amazon") == []
    assert len(found(root, "")) == 4


def test_an_id_is_answered_from_indexes(job: UniversalAIJob) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's query plans")
    plan = search(UniversalAIJob.objects.order_by(), str(job.pk)).explain()
    assert "SCAN" not in plan
    assert plan.count("SEARCH") >= 3
