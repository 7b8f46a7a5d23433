"""What gunicorn serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.host.settings")
application = get_wsgi_application()

# As in every project: without it, a web process would send its messages nowhere.
from tests.faults.host.celery import app  # noqa: E402

app.set_default()
