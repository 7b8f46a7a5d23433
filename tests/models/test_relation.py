from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from django_universal_ai.models import UniversalAIJob
from example_project.documents.models import Document
from tests.rows import AUDIO, URL, make_job

pytestmark = pytest.mark.django_db

ASK: dict[str, Any] = {"model": AUDIO, "input": {"file": URL}}


@pytest.fixture
def document() -> Document:
    return Document.objects.create(title="Minutes")


def test_an_object_has_its_jobs(document: Document) -> None:
    other = Document.objects.create(title="Other")
    job = document.jobs.submit(**ASK)
    other.jobs.submit(**ASK)
    assert list(document.jobs.all()) == [job]
    assert job.content_object == document
    assert list(document.jobs.unfinished()) == [job]


def test_many_are_attached_at_once(document: Document) -> None:
    jobs = document.jobs.submit_many([ASK, ASK])
    assert set(document.jobs.all()) == set(jobs)


@pytest.mark.django_db(transaction=True)
def test_also_in_async_code(document: Document) -> None:
    async def ask() -> set[UniversalAIJob]:
        ask = ASK | {"content_object": document}
        one = await UniversalAIJob.objects.asubmit(**ask)
        return {one, *await UniversalAIJob.objects.asubmit_many([ask])}

    made = async_to_sync(ask)()
    assert set(document.jobs.all()) == made


def test_lists_take_one_more_query(document: Document) -> None:
    Document.objects.create(title="Other").jobs.submit(**ASK)
    job = document.jobs.submit(**ASK)
    found = {each.pk: list(each.jobs.all()) for each in Document.objects.prefetch_related("jobs")}
    assert found[document.pk] == [job]


def test_a_job_outlives_its_object(document: Document) -> None:
    job = document.jobs.submit(**ASK)
    document.delete()
    assert UniversalAIJob.objects.get() == job
    assert UniversalAIJob.objects.get().content_object is None


def test_it_goes_with_its_object_where_that_is_wanted(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Document._meta.get_field("jobs"), "cascade", True)
    document.jobs.submit(**ASK)
    other = make_job()
    document.delete()
    assert UniversalAIJob.objects.get() == other


def test_a_resubmission_is_attached_too(document: Document) -> None:
    job = document.jobs.submit(**ASK)
    again = job.resubmit()
    assert set(document.jobs.all()) == {job, again}


def test_other_relations_attach_nothing() -> None:
    parent = make_job()
    assert parent.resubmissions.submit(**ASK).content_object is None
