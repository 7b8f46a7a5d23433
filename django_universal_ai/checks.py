"""Django's system checks: settings that can't work, and settings that would break a promise.

Ids below 010 and E010 are the settings' own; from W011 on it is about what jobs rely on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from celery import current_app
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from .backends import backends
from .live.checks import check_live
from .models.database import database
from .outward.conf import outward_settings
from .webhooks.checks import check_webhooks

Messages = Iterator[checks.CheckMessage]

#: Celery's own default for Redis, in seconds.
_VISIBILITY = 3600


def register() -> None:
    """Make ``manage.py check`` know the app."""
    checks.register(check_settings, "universal_ai")
    checks.register(check_outward, "universal_ai")
    checks.register(check_webhooks, "universal_ai")
    checks.register(check_live, "universal_ai")
    checks.register(check_celery, "universal_ai")
    checks.register(check_sqlite, "universal_ai")
    checks.register(check_tables, checks.Tags.database)


def check_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.UNIVERSAL_AI`` can be used, and each backend is content with its options."""
    try:
        configured = backends.all()
    except (ImproperlyConfigured, TypeError, ValueError) as error:
        return [checks.Error(str(error), id="universal_ai.E001")]
    return [message for backend in configured for message in backend.check()]


def check_outward(**kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.UNIVERSAL_AI_OUTWARD`` can be used."""
    try:
        outward_settings()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="universal_ai.E006")]
    return []


def check_celery(**kwargs: Any) -> list[checks.CheckMessage]:
    """The project's Celery app doesn't undo what the rows promise."""
    return [*_eager(), *_publishing(), *_visibility()]


def _eager() -> Messages:
    if current_app.conf.task_always_eager:
        yield checks.Warning(
            "Celery runs tasks eagerly: the view that submits a job also sends it.",
            hint="Leave task_always_eager to tests.",
            id="universal_ai.W011",
        )


def _publishing() -> Messages:
    options = current_app.conf.broker_transport_options or {}
    if _broker() in ("redis", "rediss") and not options.get("socket_timeout"):
        yield checks.Warning(
            "A Redis that doesn't answer would hold up the view that submits a job.",
            hint='Set CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 4, '
            '"socket_connect_timeout": 2, "retry_on_timeout": False}.',
            id="universal_ai.W012",
        )


def _visibility() -> Messages:
    if _broker() not in ("redis", "rediss"):
        return
    options = current_app.conf.broker_transport_options or {}
    visible_after = float(options.get("visibility_timeout", _VISIBILITY))
    longest = max((b.options["time_limit"] for b in _running_here()), default=0.0)
    if current_app.conf.task_acks_late and visible_after < longest:
        yield checks.Warning(
            f"Redis hands a message out again after {visible_after:g} s, but an offline job may "
            f"run for {longest:g} s: a second worker would be busy finding out that it runs.",
            hint="Raise visibility_timeout above the local backend's time_limit.",
            id="universal_ai.W013",
        )


def _broker() -> str:
    return str(current_app.conf.broker_url or "").partition(":")[0]


def _running_here() -> Iterator[Any]:
    try:
        yield from (b for b in backends.all() if b.runs_here and "time_limit" in b.options)
    except (ImproperlyConfigured, TypeError, ValueError):
        return  # check_settings says so


def check_sqlite(**kwargs: Any) -> list[checks.CheckMessage]:
    """SQLite is set up for several processes that write."""
    connection = connections[database()]
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
        return []
    options = connection.settings_dict.get("OPTIONS", {})
    if (
        str(options.get("transaction_mode", "")).upper() == "IMMEDIATE"
        and "wal" in str(options.get("init_command", "")).lower()
    ):
        return []
    return [
        checks.Warning(
            "SQLite isn't set up for a worker that writes beside the site.",
            hint='Set OPTIONS to {"transaction_mode": "IMMEDIATE", "timeout": 20, '
            '"init_command": "PRAGMA journal_mode=WAL;"}.',
            id="universal_ai.W014",
        )
    ]


def check_tables(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """MySQL and MariaDB keep the jobs in an engine that knows transactions."""
    alias = database()
    if alias not in (databases or ()) or connections[alias].vendor != "mysql":
        return []
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, engine FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND table_name LIKE %s AND engine <> 'InnoDB'",
            ["universal_ai_%"],
        )
        return [
            checks.Error(
                f"The table {table} is kept by {engine}, which has no transactions.",
                hint=f"ALTER TABLE {table} ENGINE=InnoDB;",
                id="universal_ai.E015",
            )
            for table, engine in cursor.fetchall()
        ]
