"""The test host's settings: what a small real project has, told by environment variables.

The broker's settings are the example project's own, read from its file.
"""

from __future__ import annotations

import json
import os
import runpy
from pathlib import Path
from typing import Any

import environ

ROOT = Path(__file__).resolve().parents[3]
#: The folder of this run: receipts, journal, media, logs.
RUN = Path(os.environ["UNIVERSAL_AI_TEST_RUN"])
NAME = os.environ["UNIVERSAL_AI_TEST_NAME"]

SECRET_KEY = "for tests only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tests.faults.host.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_universal_ai",
    "django_universal_ai.gateway",
    "tests.faults.host",
]
WSGI_APPLICATION = "tests.faults.host.wsgi.application"
ALLOWED_HOSTS = ["127.0.0.1"]
MIDDLEWARE: list[str] = []
MEDIA_ROOT = RUN / "media"
DATABASES = {"default": environ.Env.db_url_config(os.environ["UNIVERSAL_AI_TEST_DATABASE_URL"])}

os.environ.setdefault("EXAMPLE_VAR_DIR", str(RUN / "example"))
_example = runpy.run_path(str(ROOT / "example_project" / "settings.py"))
CELERY: dict[str, Any] = {
    name: value for name, value in _example.items() if name.startswith("CELERY_")
}
# Other runs may use the same server: nothing is shared with them.
CELERY |= {
    "CELERY_TASK_DEFAULT_QUEUE": NAME,
    "CELERY_CONTROL_EXCHANGE": NAME,
    "CELERY_EVENT_EXCHANGE": f"{NAME}.events",
}
_more: dict[str, Any] = json.loads(os.environ.get("UNIVERSAL_AI_TEST_CELERY", "{}"))
if "CELERY_BROKER_TRANSPORT_OPTIONS" in _more:
    _more["CELERY_BROKER_TRANSPORT_OPTIONS"] = {
        **CELERY.get("CELERY_BROKER_TRANSPORT_OPTIONS", {}),
        **_more["CELERY_BROKER_TRANSPORT_OPTIONS"],
    }
globals().update(CELERY | _more)

UNIVERSAL_AI = {
    "default": {
        "BACKEND": "django_universal_ai.backends.http.HTTPBackend",
        "OPTIONS": json.loads(os.environ["UNIVERSAL_AI_TEST_OPTIONS"]),
    },
    "local": {
        "BACKEND": "tests.faults.host.local.SleepingBackend",
        "OPTIONS": {"queue": f"{NAME}.local"},
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {process} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "journal": {"class": "tests.faults.host.journal.Journal"},
    },
    "loggers": {
        "django_universal_ai": {
            "handlers": ["console", "journal"],
            "level": "INFO",
            "propagate": False,
        }
    },
}
