"""A person names the service's job that an uncertain one is."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai import engine, jobs
from django_universal_ai.backends import BaseBackend
from django_universal_ai.exceptions import JobConflict
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import change, due_in, fresh, make_job

pytestmark = pytest.mark.django_db


def another_one(**fields: Any) -> tuple[UniversalAIJob, str]:
    """An uncertain job, and the id of one that the service has."""
    there = make_job(**fields)
    assert engine.send(there)
    public_id = fresh(there).public_id
    assert public_id
    there.delete()
    return make_job("uncertain"), public_id


def test_it_goes_on_where_the_service_is(remote: BaseBackend, endless: None) -> None:
    job, public_id = another_one()
    assert jobs.adopt_id(job, public_id) is True
    assert (fresh(job).status, fresh(job).public_id) == ("processing", public_id)
    assert due_in(job) <= 60
    other = make_job("success")
    assert jobs.adopt_id(other, public_id) is False


def test_a_job_of_another_kind(remote: BaseBackend) -> None:
    job, public_id = another_one()
    change(job, feature="ocr", subfeature="ocr_async", requested_model="ocr/ocr_async/google")
    words = f"{public_id} isn't this job: it does audio/speech_to_text_async, not ocr/ocr_async."
    with pytest.raises(JobConflict) as raised:
        jobs.adopt_id(fresh(job), public_id)
    assert str(raised.value) == words


def test_a_provider_that_nobody_asked(remote: BaseBackend) -> None:
    job, public_id = another_one()
    change(
        job,
        requested_model="audio/speech_to_text_async/openai",
        provider="openai",
        fallbacks=["amazon"],
    )
    words = f"{public_id} isn't this job: google does it, not one of: amazon, openai."
    with pytest.raises(JobConflict) as raised:
        jobs.adopt_id(fresh(job), public_id)
    assert str(raised.value) == words
    assert fresh(job).status == "uncertain"


def test_a_backend_that_can_tell_nothing(settings: Settings) -> None:
    local = "django_universal_ai.backends.local.LocalBackend"
    settings.UNIVERSAL_AI = {"default": {"BACKEND": local}}
    with pytest.raises(JobConflict) as raised:
        jobs.adopt_id(make_job("uncertain"), "any")
    assert str(raised.value) == "The backend 'default' can't be asked for jobs."


def test_an_id_under_which_a_job_failed_before_is_no_other_jobs(
    remote: BaseBackend, endless: None
) -> None:
    job, public_id = another_one()
    went_on = make_job("pending", candidate=1, fallbacks=["amazon"], route=["default"] * 2)
    event = JobEvent.objects.create(
        job=went_on, kind="fell_back", detail={"public_id": public_id}, delivered_at=timezone.now()
    )
    assert jobs.adopt_id(job, public_id) is False
    event.detail = {"public_id": "another"}
    event.save()
    assert jobs.adopt_id(job, public_id) is True
