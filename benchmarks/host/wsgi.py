"""Where webhooks come in."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.host.settings")
application = get_wsgi_application()

# As in every project: without it, a web process would send its messages nowhere.
from benchmarks.host.celery import app  # noqa: E402, F401
