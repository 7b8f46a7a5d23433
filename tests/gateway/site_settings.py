"""The settings of a site with processes of its own that has the gateway."""

from __future__ import annotations

from tests.site.settings import *  # noqa: F403 - settings are made to be taken over
from tests.site.settings import INSTALLED_APPS as APPS

INSTALLED_APPS = [*APPS, "django_universal_ai.gateway"]
