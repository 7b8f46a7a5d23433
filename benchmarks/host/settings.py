"""Settings of both Django contestants: the same database, broker and worker for each."""

from __future__ import annotations

import json
import os

import environ

CONTESTANT_APPS = {
    "usual": ["benchmarks.usual"],
    "app": ["django_universal_ai"],
    "gateway": ["django_universal_ai", "django_universal_ai.gateway", "benchmarks.served"],
}

SECRET_KEY = "for benchmarks only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "benchmarks.host.urls"
WSGI_APPLICATION = "benchmarks.host.wsgi.application"
ALLOWED_HOSTS = ["127.0.0.1"]
MIDDLEWARE: list[str] = []
if os.environ["BENCHMARK_CONTESTANT"] == "gateway":
    MIDDLEWARE += ["django.middleware.common.CommonMiddleware"]  # answers that tell their length
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "benchmarks.host",
    *CONTESTANT_APPS[os.environ["BENCHMARK_CONTESTANT"]],
]
DATABASES = {"default": environ.Env.db_url_config(os.environ["BENCHMARK_DATABASE_URL"])}
# Without it, Celery would connect anew for each task, and the usual answer has more of them.
DATABASES["default"]["CONN_MAX_AGE"] = 60

CELERY_BROKER_URL = os.environ["BENCHMARK_BROKER_URL"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

#: What the service is to each of them: where, the key, the rate.
OPTIONS = json.loads(os.environ["BENCHMARK_OPTIONS"])
UNIVERSAL_AI = {
    "default": {"BACKEND": "django_universal_ai.backends.http.HTTPBackend", "OPTIONS": OPTIONS}
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
