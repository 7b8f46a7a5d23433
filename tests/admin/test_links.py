"""Links between admin pages."""

from __future__ import annotations

import pytest
from django.contrib.admin import AdminSite, site

from django_universal_ai.admin import links
from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job

pytestmark = pytest.mark.django_db


def test_a_model_without_a_page_has_no_link() -> None:
    bare = AdminSite(name="bare")
    job = make_job("pending")
    assert links.job_url(bare, job.pk) is None
    assert links.link(None, "<b>") == "<b>"


def test_a_page() -> None:
    job = make_job("pending")
    assert links.job_url(site, job.pk) == f"/admin/universal_ai/universalaijob/{job.pk}/change/"
    assert links.page_url(site, UniversalAIJob, "a_b") is not None
