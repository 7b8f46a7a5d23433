"""Settings of a small site whose processes are real: told by the environment, see ``Site``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import environ

ROOT = Path(os.environ["SITE_ROOT"])
SECRET_KEY = "for tests only"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_universal_ai"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = ROOT / "media"
DATABASES = {"default": environ.Env.db_url_config(os.environ["SITE_DATABASE_URL"])}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
UNIVERSAL_AI = json.loads(os.environ["SITE_UNIVERSAL_AI"])
CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(ROOT / "messages"),
    "data_folder_out": str(ROOT / "messages"),
    "control_folder": str(ROOT / "control"),
    "polling_interval": 0.2,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = json.loads(os.environ.get("SITE_TASK_TIME_LIMIT", "null"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
