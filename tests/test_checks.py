from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery, current_app
from django.core import checks
from django.db import connection
from pytest_django import Settings

from django_universal_ai.checks import (
    check_celery,
    check_settings,
    check_sqlite,
    check_tables,
)
from django_universal_ai.models import UniversalAIJob

HTTP = "django_universal_ai.backends.http.HTTPBackend"
LOCAL = "django_universal_ai.backends.local.LocalBackend"

Configured = Callable[..., None]


def ids(messages: list[checks.CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


@pytest.fixture
def celery_is() -> Iterator[Configured]:
    """Set values of the project's Celery app for one test."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # behind the proxy

    def configured(**values: Any) -> None:
        one = Celery("one", set_as_current=True)
        one.conf.update(values)

    yield configured
    app.set_current()


def test_the_apps_own_settings_are_fine() -> None:
    assert check_settings() == []


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ({}, "'default'"),
        ([], "'default'"),
        ({"default": {}}, "'BACKEND'"),
        ({"default": {"BACKEND": "no.such.Backend"}}, "can't be imported"),
        ({"default": {"BACKEND": "datetime.date"}}, "BaseBackend"),
        ({"default": {"BACKEND": HTTP, "OPTION": {}}}, "Did you mean 'OPTIONS'?"),
        ({"default": {"BACKEND": HTTP, "OPTIONS": {"api_kee": "k"}}}, "Did you mean 'api_key'?"),
        ({"default": {"BACKEND": HTTP, "OPTIONS": ["api_key"]}}, "must be a dictionary"),
    ],
)
def test_settings_that_cant_work(settings: Settings, setting: Any, word: str) -> None:
    settings.UNIVERSAL_AI = setting

    [message] = check_settings()

    assert message.id == "universal_ai.E001"
    assert word in message.msg


def test_a_key_that_is_missing_and_a_provider_that_is(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": HTTP},
        "local": {"BACKEND": LOCAL, "OPTIONS": {"providers": ["whisper"]}},
    }

    assert ids(check_settings()) == ["universal_ai.W001", "universal_ai.W002"]


def test_eager_tasks(celery_is: Configured) -> None:
    celery_is(broker_url="memory://", task_always_eager=True)

    assert ids(check_celery()) == ["universal_ai.W011"]


def test_a_redis_that_would_hold_up_a_view(celery_is: Configured) -> None:
    celery_is(broker_url="redis://localhost")
    assert ids(check_celery()) == ["universal_ai.W012"]

    celery_is(broker_url="redis://localhost", broker_transport_options={"socket_timeout": 4})
    assert check_celery() == []


def test_messages_that_come_again_while_their_job_runs(celery_is: Configured) -> None:
    quick = {"socket_timeout": 4}
    celery_is(
        broker_url="redis://localhost",
        task_acks_late=True,
        broker_transport_options=quick | {"visibility_timeout": 60},
    )
    assert ids(check_celery()) == ["universal_ai.W013"]

    celery_is(
        broker_url="redis://localhost",
        task_acks_late=True,
        broker_transport_options=quick | {"visibility_timeout": 7200},
    )
    assert check_celery() == []


def test_settings_that_cant_be_read_are_said_once(
    celery_is: Configured, settings: Settings
) -> None:
    settings.UNIVERSAL_AI = {}
    celery_is(
        broker_url="redis://localhost",
        task_acks_late=True,
        broker_transport_options={"socket_timeout": 4},
    )

    assert check_celery() == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
def test_sqlite_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "is_in_memory_db", lambda: False)
    assert check_sqlite() == []

    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    assert ids(check_sqlite()) == ["universal_ai.W014"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="about other databases")
def test_other_databases_need_no_such_options() -> None:
    assert check_sqlite() == []


@pytest.mark.django_db
def test_tables_are_looked_at_on_mysql_alone() -> None:
    assert check_tables(databases=["default"]) == []
    assert check_tables() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "mysql", reason="about MySQL and MariaDB")
def test_a_table_without_transactions() -> None:
    table = UniversalAIJob._meta.get_field("id").model._meta.db_table.replace("job", "old")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (id INT) ENGINE=MyISAM")
        try:
            [message] = check_tables(databases=["default"])
        finally:
            cursor.execute(f"DROP TABLE {table}")

    assert message.id == "universal_ai.E015"
    assert table in message.msg
