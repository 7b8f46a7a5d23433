from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery, current_app
from django.core import checks
from django.db import connection
from django.test import modify_settings
from kombu import Queue
from pytest_django import Settings

from django_universal_ai.backends.base import BaseBackend
from django_universal_ai.backends.dummy import DummyBackend
from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.backends.local import LocalBackend
from django_universal_ai.checks import (
    check_backends_deployed,
    check_broker_deployed,
    check_celery,
    check_names,
    check_outward,
    check_providers,
    check_settings,
    check_sqlite,
    check_tables,
)
from django_universal_ai.models import UniversalAIJob

HTTP = "django_universal_ai.backends.http.HTTPBackend"
LOCAL = "django_universal_ai.backends.local.LocalBackend"
DUMMY = "django_universal_ai.backends.dummy.DummyBackend"

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


# --------------------------------------------------------------------- values of options and names


@pytest.mark.parametrize(
    ("backend", "option", "value"),
    [
        (HTTP, "rate_limit", 0),
        (HTTP, "rate_limit", -1),
        (HTTP, "rate_limit", "10"),
        (HTTP, "rate_limit", True),
        (HTTP, "rate_limit", float("inf")),
        (HTTP, "concurrency", 0),
        (HTTP, "concurrency", 2.5),
        (HTTP, "looks", 0),
        (HTTP, "fetch_cost", "no"),
        (HTTP, "providers", "google"),
        (HTTP, "providers", [""]),
        (HTTP, "connect_timeout", None),
        (HTTP, "read_timeout", -1),
        (HTTP, "total_timeout", 0),
        (HTTP, "sync_timeout", "180"),
        (HTTP, "upload_timeout", 0),
        (HTTP, "max_response_bytes", 1.5),
        (LOCAL, "queue", ""),
        (LOCAL, "time_limit", 0),
        (LOCAL, "memory_limit", "2G"),
        (LOCAL, "max_attempts", 0),
        (LOCAL, "providers", "rapidocr"),
        (LOCAL, "public_url", "www.example.com"),
        (LOCAL, "files_live", -1),
        (DUMMY, "providers", "google"),
    ],
)
def test_values_that_cant_work(settings: Settings, backend: str, option: str, value: Any) -> None:
    usual = {"api_key": "k"} if backend == HTTP else {}
    settings.UNIVERSAL_AI = {"default": {"BACKEND": backend, "OPTIONS": {**usual, option: value}}}
    [message] = check_settings()
    assert message.id == "universal_ai.E016"
    assert f"['OPTIONS'][{option!r}] must be" in message.msg
    assert "default" in str(message.hint)


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        (HTTP, {"api_key": "k", "rate_limit": None, "looks": 2.5, "providers": {"google"}}),
        (LOCAL, {"memory_limit": 2**31, "public_url": "https://a.example/b", "providers": ()}),
    ],
)
def test_values_that_can(settings: Settings, backend: str, options: dict[str, Any]) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": backend, "OPTIONS": options}}
    assert check_settings() == []


@pytest.mark.parametrize("backend", [HTTPBackend, LocalBackend, DummyBackend])
def test_each_option_has_a_rule_or_a_check_of_its_own(backend: type[BaseBackend]) -> None:
    """A new option has to say what it must be."""
    others = {"api_key", "base_url", "webhook_url", "webhook_public_keys", "transport", "prices"}
    assert set(backend.defaults) - others == set(backend.rules)
    assert [
        name for name, rule in backend.rules.items() if rule.problem_of(backend.defaults[name])
    ] == []


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("Bearer abc", "begins with 'Bearer'"),
        ("bearer abc", "begins with 'Bearer'"),
        ("two words", "holds a blank"),
        ('"quoted"', "quotation mark"),
        ("two\nlines", "no HTTP header can hold"),
        ("   ", "is not set"),
    ],
)
def test_keys_that_cant_be_right(settings: Settings, key: str, words: str) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": HTTP, "OPTIONS": {"api_key": key}}}
    [message] = check_settings()
    assert (message.id, words in message.msg) == ("universal_ai.W001", True)
    assert not key.strip() or key.strip() not in str(message)


def test_prices_that_cant_be_read(settings: Settings) -> None:
    options = {"prices": {"ocr/ocr_async/rapidocr": {"sheet": "0.1"}}}
    settings.UNIVERSAL_AI = {"default": {"BACKEND": LOCAL, "OPTIONS": options}}
    [message] = check_settings()
    assert message.id == "universal_ai.E001"
    assert "'prices'" in message.msg


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("UNIVERSAL_AI_GATWAY", "UNIVERSAL_AI_GATEWAY"),
        ("UNIVERSAL_AI_OUTWARDS", "UNIVERSAL_AI_OUTWARD"),
        ("UNIVERSAL_IA", "UNIVERSAL_AI"),
    ],
)
def test_settings_that_nobody_reads(settings: Settings, name: str, near: str) -> None:
    setattr(settings, name, {})
    [message] = check_names()
    assert message.id == "universal_ai.W029"
    assert f"settings.{name}. Did you mean {near!r}?" in message.msg


def test_a_hosts_own_names_are_its_business(settings: Settings) -> None:
    settings.UNIVERSAL_AI_API_KEY = "k"
    settings.UNIVERSAL_AI_BASE_URL = ""
    assert check_names() == []


def test_the_gateways_setting_without_the_gateway(settings: Settings) -> None:
    settings.UNIVERSAL_AI_GATEWAY = {}
    assert check_names() == []
    with modify_settings(INSTALLED_APPS={"remove": "django_universal_ai.gateway"}):
        assert ids(check_names()) == ["universal_ai.W030"]


def test_a_provider_that_two_backends_declare(settings: Settings) -> None:
    declares = {"BACKEND": DUMMY, "OPTIONS": {"providers": ["google", "deepgram"]}}
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": DUMMY},
        "one": declares,
        "two": {"BACKEND": DUMMY, "OPTIONS": {"providers": ["google"]}},
    }
    [message] = check_providers()
    assert message.id == "universal_ai.W031"
    assert "its jobs go to 'one'" in message.msg
    settings.UNIVERSAL_AI = {}
    assert check_providers() == []


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_everything_is_trusted(settings: Settings, network: str) -> None:
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": [network, "10.0.0.0/8"]}
    assert ids(check_outward()) == ["universal_ai.W032"]
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["10.0.0.0/8", "intranet"]}
    assert check_outward() == []


# ------------------------------------------------------------------------------------- --deploy


def test_results_that_are_made_up(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": DUMMY}, "local": {"BACKEND": LOCAL}}
    assert ids(check_backends_deployed()) == ["universal_ai.W017"]


@pytest.mark.parametrize(
    ("base_url", "found"),
    [
        ("http://ai.example.com", ["universal_ai.W018"]),
        ("http://10.0.0.7:8000", ["universal_ai.W018"]),
        ("http://127.0.0.1:8000", []),
        ("http://[::1]", []),
        ("http://localhost", []),
        ("https://ai.example.com", []),
        ("https://[", []),
    ],
)
def test_keys_that_go_over_the_net_for_all_to_read(
    settings: Settings, base_url: str, found: list[str]
) -> None:
    options = {"api_key": "k", "base_url": base_url}
    settings.UNIVERSAL_AI = {"default": {"BACKEND": HTTP, "OPTIONS": options}}
    assert ids(check_backends_deployed()) == found


def test_settings_that_cant_be_used_are_told_once(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {}
    assert check_backends_deployed() == []


@pytest.mark.parametrize("url", ["", "memory://"])
def test_a_broker_that_wakes_nobody(celery_is: Configured, url: str) -> None:
    celery_is(broker_url=url)
    assert ids(check_broker_deployed()) == ["universal_ai.W033"]
    celery_is(broker_url="amqp://")
    assert check_broker_deployed() == []


@pytest.mark.parametrize("pool", ["gevent", "eventlet"])
def test_a_pool_in_which_jobs_would_hold_up_each_other(celery_is: Configured, pool: str) -> None:
    celery_is(broker_url="memory://", worker_pool=pool)
    assert ids(check_celery()) == ["universal_ai.W034"]


def test_a_queue_that_celery_doesnt_know(celery_is: Configured) -> None:
    celery_is(
        broker_url="memory://", task_queues=[Queue("celery")], task_create_missing_queues=False
    )
    assert ids(check_celery()) == ["universal_ai.W035"]
    queues = [Queue("celery"), Queue("universal_ai_local")]
    celery_is(broker_url="memory://", task_queues=queues, task_create_missing_queues=False)
    assert check_celery() == []


def test_all_are_registered() -> None:
    tagged = checks.run_checks(tags=["universal_ai"], include_deployment_checks=True)
    assert "universal_ai.W017" in ids(tagged)
    assert "universal_ai_gateway.W005" in ids(tagged)
