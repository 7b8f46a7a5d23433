from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from celery import Celery
from django.db import Error
from django.test import RequestFactory
from django.utils import timezone

pytest.importorskip("health_check", reason="django-health-check is not installed")

from health_check.views import HealthCheckView

from django_universal_ai import health, limits, waking
from django_universal_ai.management.checkup import database, workers
from django_universal_ai.models import Account
from tests.rows import change, make_job

pytestmark = pytest.mark.django_db(transaction=True)

ALL = [health.JobsMove, health.Broker, health.Accounts, health.Tables]


def asked(*checks: Any) -> tuple[int, str]:
    """What the page of django-health-check answers."""
    request = RequestFactory().get("/health/", {"format": "text"})
    view: Any = HealthCheckView.as_view(checks=checks)
    answer = async_to_sync(view)(request)
    return answer.status_code, answer.content.decode()


def test_all_is_well() -> None:
    status, text = asked(*ALL)
    assert status == 200
    assert text == "JobsMove(): OK\nBroker(): OK\nAccounts(): OK\nTables(): OK\n"


def test_a_job_that_nobody_moves() -> None:
    change(make_job("pending"), due_at=timezone.now() - timedelta(minutes=5))
    status, text = asked(health.JobsMove, health.Broker)
    assert status == 500
    assert "JobsMove(): Unavailable: A job that could move waits for minutes" in text
    assert "Broker(): OK" in text


def test_a_broker_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(app: Celery) -> None:
        raise OSError("amqp://user:password@broker: connection refused")

    monkeypatch.setattr(waking, "has_broker", lambda: True)
    monkeypatch.setattr(Celery, "connection_for_write", away)
    status, text = asked(health.Broker)
    assert status == 500
    assert "password" not in text


def test_an_account_that_is_refused_or_paused_and_not_a_word_of_why() -> None:
    account = Account.objects.create(name="http-1", refusal="402: the card of Ada expired")
    assert asked(health.Accounts)[0] == 500
    assert "Ada" not in asked(health.Accounts)[1]
    Account.objects.filter(pk=account.pk).update(refusal="")
    assert asked(health.Accounts)[0] == 200
    limits.pause("http-1", by="Ada")
    assert asked(health.Accounts)[0] == 500


def test_a_database_without_our_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_missing_migrations", lambda alias: ["universal_ai.0002"])
    assert asked(health.Tables)[0] == 500


def test_a_database_that_is_away_says_so_and_the_page_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> None:
        raise Error("no route to 10.0.0.7")

    monkeypatch.setattr(workers, "overdue", away)
    status, text = asked(health.JobsMove)
    assert status == 500
    assert "10.0.0.7" not in text
