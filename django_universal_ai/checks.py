"""Django's system checks: settings that can't work, and settings that would break a promise.

Those of webhooks, rows, files and pages are beside what they look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from .backends import BaseBackend, backends
from .backends.rules import SECONDS
from .live.checks import check_live
from .models.checks import check_databases, check_storage
from .models.database import database
from .outward.conf import outward_settings
from .webhooks.checks import check_deployment as webhooks_deployed
from .webhooks.checks import check_webhooks

Messages = Iterator[checks.CheckMessage]

_SETTINGS = ("UNIVERSAL_AI", "UNIVERSAL_AI_GATEWAY", "UNIVERSAL_AI_LIVE", "UNIVERSAL_AI_OUTWARD")
#: From here on a name is thought to be a misspelt one.
_ALIKE = 0.9
#: Celery's own default for Redis, in seconds.
_VISIBILITY = 3600


def register() -> None:
    """Make ``manage.py check`` know the app."""
    for check in (
        check_settings,
        check_names,
        check_providers,
        check_outward,
        check_webhooks,
        check_live,
        check_celery,
        check_sqlite,
        check_databases,
        check_storage,
    ):
        checks.register(check, "universal_ai")
    for check in (check_backends_deployed, check_broker_deployed, webhooks_deployed):
        checks.register(check, "universal_ai", deploy=True)
    checks.register(check_tables, checks.Tags.database)


def check_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.UNIVERSAL_AI`` can be used, and each backend is content with its options."""
    try:
        configured = backends.all()
    except (ImproperlyConfigured, TypeError, ValueError) as error:
        return [checks.Error(str(error), id="universal_ai.E001")]
    return [message for backend in configured for message in backend.check()]


def check_backends_deployed(**kwargs: Any) -> list[checks.CheckMessage]:
    """Each backend is one that a site may rely on."""
    return [message for backend in _usable() for message in backend.check_deployment()]


def check_names(**kwargs: Any) -> list[checks.CheckMessage]:
    """No setting of ours is misspelt, or set for an app that isn't there."""
    return [*_misspelt(), *_without_app()]


def _misspelt() -> Messages:
    for name in dir(settings):
        if name in _SETTINGS or not name.startswith("UNIVERS"):
            continue
        if near := get_close_matches(name, _SETTINGS, n=1, cutoff=_ALIKE):
            yield checks.Warning(
                f"Nobody reads settings.{name}. Did you mean {near[0]!r}?",
                hint="Rename it; or silence this where it is your own.",
                id="universal_ai.W029",
            )


def _without_app() -> Messages:
    app = "django_universal_ai.gateway"
    if hasattr(settings, "UNIVERSAL_AI_GATEWAY") and not apps.is_installed(app):
        yield checks.Warning(
            "UNIVERSAL_AI_GATEWAY is set, but the gateway isn't installed.",
            hint=f"Add {app!r} to INSTALLED_APPS.",
            id="universal_ai.W030",
        )


def check_providers(**kwargs: Any) -> list[checks.CheckMessage]:
    """No provider is declared by two backends: the first one would get all of its jobs."""
    first: dict[str, str] = {}
    found: list[checks.CheckMessage] = []
    for backend in _usable():
        declared = backend.options.get("providers")
        for name in declared if isinstance(declared, list | tuple | set) else ():
            other = first.setdefault(str(name), backend.alias)
            if other != backend.alias:
                found.append(
                    checks.Warning(
                        f"The provider {name!r} is declared by the backends {other!r} and "
                        f"{backend.alias!r}; its jobs go to {other!r}.",
                        hint="Take it out of one of them; using= reaches either.",
                        id="universal_ai.W031",
                    )
                )
    return found


def check_outward(**kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.UNIVERSAL_AI_OUTWARD`` can be used."""
    try:
        trusted = outward_settings().trusted_networks
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="universal_ai.E006")]
    return [
        checks.Warning(
            f"UNIVERSAL_AI_OUTWARD['TRUSTED'] holds {network}: whoever may name an address makes "
            "this site call anything, its own network included.",
            hint="Name the hosts and networks that are meant.",
            id="universal_ai.W032",
        )
        for network in trusted
        if not network.prefixlen
    ]


def check_celery(**kwargs: Any) -> list[checks.CheckMessage]:
    """The project's Celery app doesn't undo what the rows promise."""
    return [*_eager(), *_publishing(), *_visibility(), *_pool(), *_queues()]


def check_broker_deployed(**kwargs: Any) -> list[checks.CheckMessage]:
    """Workers can be woken by other processes."""
    url = str(current_app.conf.broker_url or "")
    if url and not url.startswith("memory:"):
        return []
    missing = "Celery's broker is in the memory of each process" if url else "Celery has no broker"
    return [
        checks.Warning(
            f"{missing}: no worker is woken, and finds jobs a second later.",
            hint="Set CELERY_BROKER_URL, and load the project's Celery app in its __init__.py; or "
            "silence this where manage.py universal_ai run moves the jobs.",
            id="universal_ai.W033",
        )
    ]


def _pool() -> Messages:
    pool = str(current_app.conf.worker_pool or "")
    if pool in ("eventlet", "gevent"):
        yield checks.Warning(
            f"Celery's worker_pool is {pool!r}, in which requests under way would hold up others.",
            hint="Use prefork, threads or solo.",
            id="universal_ai.W034",
        )


def _queues() -> Messages:
    known = current_app.conf.task_queues
    if not known or current_app.conf.task_create_missing_queues:
        return
    names = {getattr(queue, "name", queue) for queue in known}
    for backend in _usable():
        if backend.queue and backend.queue not in names:
            yield checks.Warning(
                f"The queue {backend.queue!r} of backend {backend.alias!r} isn't in task_queues, "
                "and Celery may not make it: its jobs wait half a minute longer.",
                hint="Add it to task_queues, or set the backend's option queue to one of them.",
                id="universal_ai.W035",
            )


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
    limits = [
        b.options["time_limit"] for b in _usable() if b.runs_here and "time_limit" in b.options
    ]
    longest = max((limit for limit in limits if SECONDS.problem_of(limit) is None), default=0.0)
    if current_app.conf.task_acks_late and visible_after < longest:
        yield checks.Warning(
            f"Redis hands a message out again after {visible_after:g} s, but an offline job may "
            f"run for {longest:g} s: a second worker would be busy finding out that it runs.",
            hint="Raise visibility_timeout above the local backend's time_limit.",
            id="universal_ai.W013",
        )


def _broker() -> str:
    return str(current_app.conf.broker_url or "").partition(":")[0]


def _usable() -> list[BaseBackend]:
    """The backends; none where the settings are no good, which check_settings says."""
    try:
        return backends.all()
    except (ImproperlyConfigured, TypeError, ValueError):
        return []


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
