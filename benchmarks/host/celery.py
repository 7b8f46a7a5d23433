"""The Celery app of both Django contestants."""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.host.settings")

app = Celery("benchmarks")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

#: What a worker writes to its log when it takes messages.
READY = "benchmark: the worker is ready"


@worker_ready.connect
def _tell(**kwargs: Any) -> None:
    sys.stderr.write(f"{READY}\n")
    sys.stderr.flush()
