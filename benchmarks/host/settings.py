"""Settings of both Django contestants: the same database, broker and worker for each."""

from __future__ import annotations

import json
import os

import environ

CONTESTANT_APPS = {
    "usual": ["benchmarks.usual"],
    "app": ["django_universal_ai"],
    "gateway": ["django_universal_ai", "django_universal_ai.gateway", "benchmarks.served"],
    "desk": [
        "django.contrib.admin",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.staticfiles",
        "django_universal_ai",
    ],
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
if os.environ["BENCHMARK_CONTESTANT"] == "desk":
    MIDDLEWARE += [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
STATIC_URL = "static/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
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
