from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from django_universal_ai.jobs import erasing, needs
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import change, make_job

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def ended(days: float = 1, **fields: Any) -> UniversalAIJob:
    at = timezone.now() - timedelta(days=days)
    return make_job("success", requested_at=at, finished_at=at, **fields)


def with_event(**fields: Any) -> UniversalAIJob:
    job = ended()
    JobEvent.objects.create(job=job, kind="succeeded", **fields)
    return job


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("in_flight", lambda: make_job("pending")),
        ("in_flight", lambda: make_job("submitting")),
        ("in_flight", lambda: make_job("processing")),
        ("uncertain", lambda: make_job("uncertain")),
        ("signal", lambda: with_event(deliver_at=NOW)),
        ("signal", lambda: with_event(deliver_at=NOW + timedelta(hours=1), deliveries=3)),
        ("signal_given_up", lambda: with_event(deliveries=8)),
        ("cost", lambda: ended(cost=None, due_at=NOW)),
    ],
)
def test_what_is_needed_stays(name: str, make: Callable[[], UniversalAIJob]) -> None:
    job = make()
    assert erasing.erase([job.pk]) == erasing.Erased(kept={name: 1})  # type: ignore[arg-type]
    assert UniversalAIJob.objects.get() == job
    assert needs.named(name).way_out


def test_what_ended_and_told_everybody_goes() -> None:
    ids = [
        ended().pk,
        make_job("fail").pk,
        with_event(delivered_at=NOW, deliveries=1).pk,
    ]
    assert erasing.erase(ids).jobs == 3


def sent(**ago: float) -> UniversalAIJob:
    job = make_job("uncertain")
    return change(job, posted_at=timezone.now() - timedelta(**ago))


def test_a_job_beside_an_uncertain_one_stays() -> None:
    """Its result at the service could be taken for that of the uncertain one."""
    job = ended(days=1)
    sent(days=1, minutes=2)
    assert erasing.erase([job.pk]).kept == {"near_uncertain": 1}


@pytest.mark.parametrize("ago", [{"days": 1, "minutes": 10}, {"hours": 23}])
def test_an_uncertain_job_of_another_time_keeps_nothing(ago: dict[str, float]) -> None:
    job = ended(days=1)
    sent(**ago)
    assert erasing.erase([job.pk]).jobs == 1


def test_after_eight_days_the_service_has_forgotten_both() -> None:
    job = ended(days=8.1)
    sent(days=8.1)
    assert erasing.erase([job.pk]).jobs == 1


def test_apps_can_have_needs_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "_needs", dict(needs._needs))
    job = ended()
    needs.register(needs.Need("audit", "are audited", "wait", lambda: Q(provider="google")))
    assert erasing.erase([job.pk]).kept == {"audit": 1}
