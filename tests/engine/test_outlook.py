from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_universal_ai.engine.outlook import Outlook
from django_universal_ai.models import UniversalAIJob
from tests.rows import AUDIO, in_seconds, learned, make_job

pytestmark = pytest.mark.django_db


def at_work(age: float, **fields: Any) -> UniversalAIJob:
    return make_job("processing", submitted_at=in_seconds(-age), **fields)


def seconds_left(moment: Any) -> float:
    return float((moment - timezone.now()).total_seconds())


def test_nothing_is_expected_where_nothing_was_learned() -> None:
    assert at_work(5).outlook == Outlook()
    assert at_work(5, progress=0.25).outlook == Outlook(progress=0.25)


def test_a_job_is_expected_to_take_as_long_as_others_did() -> None:
    learned("default", AUDIO, [100.0] * 20)
    ahead = at_work(25).outlook
    assert ahead.usual == pytest.approx(100, rel=0.06)
    assert seconds_left(ahead.eta) == pytest.approx(75, abs=6)
    assert seconds_left(ahead.latest) == pytest.approx(75, abs=6)
    assert ahead.progress == pytest.approx(0.25, abs=0.02)


def test_the_age_that_was_reached_counts() -> None:
    learned("default", AUDIO, [10.0] * 20 + [100.0] * 20)
    ahead = at_work(20).outlook
    assert seconds_left(ahead.eta) == pytest.approx(80, abs=6)


def test_what_takes_longer_than_all_others_has_no_end_in_sight() -> None:
    learned("default", AUDIO, [10.0] * 20)
    ahead = at_work(60).outlook
    assert (ahead.eta, ahead.latest, ahead.progress) == (None, None, 0.99)


def test_what_the_provider_says_of_its_progress_comes_first() -> None:
    learned("local", AUDIO, [100.0] * 20)
    assert at_work(25, backend="local", progress=0.7).outlook.progress == 0.7


@pytest.mark.parametrize(("status", "progress"), [("pending", None), ("success", 1.0)])
def test_what_is_not_at_work_has_no_eta(status: str, progress: float | None) -> None:
    learned("default", AUDIO, [100.0] * 20)
    ahead = make_job(status, progress=progress).outlook
    assert ahead == Outlook(usual=ahead.usual, progress=progress)
    assert ahead.usual == pytest.approx(100, rel=0.06)


def test_a_list_of_jobs_costs_one_query_more() -> None:
    learned("default", AUDIO, [100.0] * 20)
    made = [at_work(5) for _ in range(10)]
    with CaptureQueriesContext(connection) as queries:
        assert all(job.outlook.eta for job in made)
    assert len(queries) == 1
