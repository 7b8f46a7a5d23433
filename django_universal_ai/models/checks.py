"""System checks of where rows and files are kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, InvalidStorageError
from django.db import connections, router

from .database import APPS, database
from .file import STORAGE_ALIAS, file_storage

Messages = Iterator[checks.CheckMessage]


def check_databases(**kwargs: Any) -> list[checks.CheckMessage]:
    """All tables are in one database, which commits what it is told, and times have a zone."""
    return [*_one_database(), *_autocommit(), *_time_zones()]


def _one_database() -> Messages:
    models = [
        model
        for config in apps.get_app_configs()
        if config.label in APPS
        for model in config.get_models()
    ]
    elsewhere = [model for model in models if router.db_for_write(model) != database()]
    if elsewhere:
        names = ", ".join(sorted(model._meta.label for model in elsewhere))
        yield checks.Error(
            f"DATABASE_ROUTERS put {names} into another database than the jobs: they are written "
            "in one transaction.",
            hint=f"Let the router answer by app_label, the same for {' and '.join(APPS)}.",
            id="universal_ai.E019",
        )
    elif any(router.db_for_read(model) != database() for model in models):
        yield checks.Warning(
            "DATABASE_ROUTERS read jobs from another database than they are written to: a replica "
            "that is behind shows jobs as they were.",
            hint=f"Let db_for_read answer like db_for_write for {' and '.join(APPS)}.",
            id="universal_ai.W020",
        )


def _autocommit() -> Messages:
    alias = database()
    if not connections[alias].settings_dict.get("AUTOCOMMIT", True):
        yield checks.Error(
            f"DATABASES[{alias!r}] has AUTOCOMMIT off: a job would be sent before its row is "
            "committed as sent.",
            hint="Leave AUTOCOMMIT out.",
            id="universal_ai.E021",
        )


def _time_zones() -> Messages:
    if not settings.USE_TZ:
        yield checks.Error(
            "USE_TZ is off, but the service's times have a zone, and cannot be stored.",
            hint="Set USE_TZ = True.",
            id="universal_ai.E022",
        )


def check_storage(**kwargs: Any) -> list[checks.CheckMessage]:
    """Files can be kept, as far as that can be seen without writing one."""
    try:
        storage = file_storage()
        location = storage.location if isinstance(storage, FileSystemStorage) else None
    except (InvalidStorageError, ImproperlyConfigured, TypeError) as error:
        return [
            checks.Error(
                f"STORAGES[{STORAGE_ALIAS!r}] can't be used: {error}",
                hint="Its shape is that of every entry of STORAGES: BACKEND and OPTIONS.",
                id="universal_ai.E023",
            )
        ]
    if location is None or _is_writable(Path(location)):
        return []
    return [
        checks.Warning(
            f"Files can't be kept: this user may not write into {location}.",
            hint="Web and worker processes must be able to write, read and delete there.",
            id="universal_ai.W024",
        )
    ]


def _is_writable(folder: Path) -> bool:
    """Whether files may be made in it, or it may be made itself."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
