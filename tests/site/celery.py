"""The site's Celery app: ``celery -A tests.site.celery worker``."""

from __future__ import annotations

from celery import Celery

app = Celery("site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
