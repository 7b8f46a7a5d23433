"""The database: does it answer, has it all tables, does its clock agree with ours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ...models.database import APPS, NOW, database
from .line import Line, Mark, one_line

#: Seconds by which the database's clock may differ from ours. Due times are by the database's
#: alone; moments that people see, and expiries, are by ours.
_APART = 30.0


def lines() -> Iterator[Line]:
    alias = database()
    try:
        began = time.monotonic()
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
        took = (time.monotonic() - began) * 1000
    except Error as error:
        said = one_line(error)
        way_out = f"Is it up, and are its address and password in settings.DATABASES[{alias!r}]?"
        yield Line(Mark.LOOK, "database", said, way_out)
        return
    yield Line(Mark.OK, "database", f"{connections[alias].vendor} answers in {took:.0f} ms")
    missing = _missing_migrations(alias)
    if missing:
        said = f"not applied: {', '.join(missing)}"
        yield Line(Mark.LOOK, "migrations", said, "Run manage.py migrate.")
        return
    yield Line(Mark.OK, "migrations", "all are applied")
    yield from _clock(alias)


def _missing_migrations(alias: str) -> list[str]:
    executor = MigrationExecutor(connections[alias])
    labels = set(APPS) & set(apps.app_configs)
    targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] in labels]
    plan = executor.migration_plan(targets)
    return [str(migration) for migration, _ in plan if migration.app_label in labels]


def _clock(alias: str) -> Iterator[Line]:
    there: datetime | None = ContentType.objects.using(alias).values_list(NOW, flat=True).first()
    if there is None:  # no app has models yet
        return
    apart = (timezone.now() - there).total_seconds()
    if abs(apart) > _APART:
        said = f"ours is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} the database's"
        yield Line(Mark.LOOK, "clock", said, "Set both by NTP.")
    else:
        yield Line(Mark.OK, "clock", "ours and the database's agree")
