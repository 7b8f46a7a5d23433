from __future__ import annotations

import pytest
from django.test import Client

from example_project.documents import intake, kinds
from example_project.documents.models import Document

pytestmark = pytest.mark.django_db


@pytest.fixture
def document() -> Document:
    return intake.take_in(intake.SAMPLES / "speech.wav", kinds.RECORDING, title="A recording")


def test_the_list_and_the_page_show_the_job(admin_client: Client, document: Document) -> None:
    assert "waiting" in admin_client.get("/admin/documents/document/").content.decode()
    page = admin_client.get(f"/admin/documents/document/{document.pk}/change/").content.decode()
    assert str(document.jobs.get().pk) in page


def test_a_document_without_a_job_is_shown_too(admin_client: Client) -> None:
    document = Document.objects.create(title="Alone")
    address = f"/admin/documents/document/{document.pk}/change/"
    assert admin_client.get(address).status_code == 200
    assert admin_client.get("/admin/documents/document/").status_code == 200


def test_documents_are_not_made_here(admin_client: Client) -> None:
    assert admin_client.get("/admin/documents/document/add/").status_code == 403
