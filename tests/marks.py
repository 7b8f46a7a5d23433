"""Marks that several tests share."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

#: For tests whose threads use the database at the same time. In memory, SQLite locks a table for
#: one thread while another uses it, without waiting; the databases of CI run these tests.
concurrent = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="threads can't wait for each other's tables in memory"
)

#: For tests of a site whose admin is django-unfold's.
unfold = pytest.mark.skipif(
    not apps.is_installed("unfold"),
    reason="needs django-unfold, and its site: --ds=tests.unfold.settings",
)
