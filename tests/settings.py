"""Settings of the test suite: no broker, the dummy backend as default.

``UNIVERSAL_AI_TEST_DATABASE_URL`` runs it on another database than SQLite.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import environ

BASE_DIR = Path(__file__).parent
SECRET_KEY = "for tests only"
USE_TZ = True
ROOT_URLCONF = "tests.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_universal_ai",
    "django_universal_ai.gateway",
    "example_project.accounts",
    "example_project.documents",
]
SILENCED_SYSTEM_CHECKS = ["universal_ai_gateway.W005"]  # tests that want its URLs bring them
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
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
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_URL = "static/"
MONTHLY_BUDGET = "10"  # of the example project
# Django 6.1 warns where none is configured; before it, the name says nothing.
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
MEDIA_ROOT = Path(tempfile.gettempdir()) / "universal-ai-tests"
DATABASES = {
    "default": environ.Env.db_url_config(
        os.environ.get("UNIVERSAL_AI_TEST_DATABASE_URL")
        or f"sqlite:///{BASE_DIR.parent / 'var' / 'tests.sqlite3'}"
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
    # In memory, threads that want the same table don't wait for each other: a server and its test
    # want a file.
    if file := os.environ.get("UNIVERSAL_AI_TEST_SQLITE_FILE"):
        DATABASES["default"]["TEST"] = {"NAME": file}
elif DATABASES["default"]["ENGINE"].endswith("mysql"):
    import pymysql

    # Django asks for mysqlclient, which needs a compiler; this one speaks the same protocol.
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()
UNIVERSAL_AI = {
    "default": {"BACKEND": "django_universal_ai.backends.dummy.DummyBackend"},
    "local": {"BACKEND": "django_universal_ai.backends.local.LocalBackend"},
}
# Nobody listens there: a message that is sent by a test that didn't say so changes nothing.
CELERY_BROKER_URL = "memory://"
