from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import cast

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from django_universal_ai import jobs, prometheus, readings
from django_universal_ai.contract import JobResponse
from django_universal_ai.engine import counting
from django_universal_ai.models import Rollup, UniversalAIJob
from django_universal_ai.prometheus import MetricsView, exposition
from tests.rows import make_job

pytestmark = pytest.mark.django_db

WHAT = {"backend": "default", "feature": "audio/speech_to_text_async", "provider": "google"}


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    readings.forget()


def samples(name: str) -> dict[frozenset[tuple[str, str]], float]:
    """What a scraper makes of the page."""
    return {
        frozenset(sample.labels.items()): sample.value
        for family in text_string_to_metric_families(exposition())
        for sample in family.samples
        if sample.name == f"universal_ai_{name}"
    }


def labels(**more: str) -> frozenset[tuple[str, str]]:
    return frozenset((WHAT | more).items())


def test_what_ended_is_counted_whoever_did_it_and_after_it_is_erased() -> None:
    for cost in ("1.25", "0.5"):
        job = make_job("processing", submitted_at=timezone.now() - timedelta(seconds=30))
        job.refresh_from_db()
        answer = {"public_id": job.public_id, "status": "success", "cost": Decimal(cost)}
        jobs.observe(job, _answer(answer), look_in=0)
    jobs.give_up(make_job("uncertain"), "Nobody knows.")
    counting.count_all()
    UniversalAIJob.objects.all().delete()
    assert samples("jobs_ended_total") == {labels(status="success"): 2, labels(status="fail"): 1}
    assert samples("jobs_asked_total") == {labels(): 3}
    assert samples("cost_credits_total") == {labels(): 1.75}
    durations = samples("job_duration_last_day_seconds")
    assert set(durations) == {labels(quantile="0.5"), labels(quantile="0.95")}
    assert all(28 < seconds < 40 for seconds in durations.values())


def _answer(told: Mapping[str, object]) -> JobResponse:
    usual: dict[str, object] = {
        "provider": "google",
        "feature": "audio",
        "subfeature": "speech_to_text_async",
    }
    return JobResponse.model_validate({**usual, **told})


def test_what_waits_is_read_when_it_is_asked_for() -> None:
    make_job("pending", requested_at=timezone.now() - timedelta(hours=1))
    where = frozenset({("backend", "default"), ("status", "pending")})
    assert samples("jobs_unfinished") == {where: 1}
    assert samples("jobs_oldest_seconds")[where] >= 3600
    assert samples("signals_dead") == {frozenset(): 0}


def test_names_of_providers_are_escaped() -> None:
    name = 'a"b\\c\nd'
    row = Rollup(span=24, begin=timezone.now(), provider=name, succeeded=1)
    row.pk = row.make_id()
    row.save()
    (ended,) = (key for key, value in samples("jobs_ended_total").items() if value)
    assert ("provider", name) in ended


@pytest.mark.parametrize(
    ("given", "status"), [("Bearer s3cret", 200), ("Bearer no", 403), ("s3cret", 403), ("", 403)]
)
def test_who_has_the_token(given: str, status: int) -> None:
    request = RequestFactory().get("/metrics", headers={"Authorization": given})
    answer = cast(HttpResponse, MetricsView.as_view(token="s3cret")(request))
    assert answer.status_code == status
    assert (b"universal_ai_jobs_unfinished" in answer.content) == (status == 200)


def test_without_a_token_it_is_for_who_may_see_jobs() -> None:
    view, request = MetricsView.as_view(), RequestFactory().get("/metrics")
    assert view(request).status_code == 403  # no authentication at all
    request.user = AnonymousUser()
    assert view(request).status_code == 403
    user = get_user_model().objects.create(username="ada")
    user.user_permissions.add(Permission.objects.get(codename="view_universalaijob"))
    request.user = get_user_model().objects.get()
    assert view(request).status_code == 200
    assert f"universal_ai.{Permission.objects.get(user=user).codename}" == prometheus.PERMISSION


def test_a_provider_that_only_failed_has_no_durations() -> None:
    jobs.give_up(make_job("uncertain"), "Nobody knows.")
    counting.count_all()
    assert samples("jobs_ended_total") == {labels(status="fail"): 1, labels(status="success"): 0}
    assert samples("job_duration_last_day_seconds") == {}


def test_a_database_that_is_away_leaves_the_gauges_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    make_job()
    assert samples("jobs_unfinished")

    def away(*args: object) -> None:
        raise OperationalError("the database is away")

    readings.forget()
    monkeypatch.setattr(readings, "_unfinished", away)
    assert samples("jobs_unfinished") == {}
