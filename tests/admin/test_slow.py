"""Jobs that are slow for their kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from django_universal_ai.admin.slow import is_slow, slow
from django_universal_ai.engine import durations
from django_universal_ai.models import UniversalAIJob
from tests.rows import AUDIO, in_seconds, learned, make_job

from .conftest import LIST


@pytest.fixture(autouse=True)
def _nothing_is_known() -> Iterator[None]:
    durations.forget()
    yield
    durations.forget()


def running(seconds: float, **fields: Any) -> UniversalAIJob:
    began = in_seconds(-seconds)
    return make_job("processing", requested_at=began, submitted_at=began, **fields)


def found() -> set[UniversalAIJob]:
    return set(UniversalAIJob.objects.filter(slow()))


@pytest.mark.django_db
def test_a_running_job_older_than_nearly_all_of_its_kind_is_slow() -> None:
    learned("default", AUDIO, range(1, 101))
    late = running(120)
    rows = [late, running(50), make_job("success", submitted_at=in_seconds(-500))]
    rows += [make_job("pending", requested_at=in_seconds(-500))]
    assert found() == {late}
    assert [job for job in rows if is_slow(job)] == [late]


@pytest.mark.django_db
def test_each_kind_has_its_own_measure() -> None:
    learned("default", AUDIO, [10] * 20)
    learned("default", "ocr/ocr_async/amazon", [1000] * 20)
    learned("local", AUDIO, [1000] * 20)
    late = running(60)
    running(60, requested_model="ocr/ocr_async/amazon")
    running(60, backend="local")
    running(60, requested_model="ocr/ocr_async/new")
    assert found() == {late}


@pytest.mark.django_db
def test_a_few_jobs_teach_nothing() -> None:
    learned("default", AUDIO, [1, 1, 1])
    job = running(9999)
    assert found() == set()
    assert not is_slow(job)


def test_the_list_marks_and_finds_them(root: Client) -> None:
    learned("default", AUDIO, [10] * 20)
    late = running(60)
    running(5)
    page = root.get(LIST)
    assert page.content.decode().count("</span> slow</span>") == 1
    assert list(root.get(f"{LIST}?slow=yes").context["cl"].result_list) == [late]
    assert len(root.get(f"{LIST}?slow=nonsense").context["cl"].result_list) == 2
