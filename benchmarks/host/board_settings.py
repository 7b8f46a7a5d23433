"""The host with an admin, whose dashboard is asked for."""

from __future__ import annotations

from .settings import *  # noqa: F403 - all of them, and more
from .settings import INSTALLED_APPS, MIDDLEWARE

ROOT_URLCONF = "benchmarks.host.board_urls"
STATIC_URL = "static/"
INSTALLED_APPS += [
    "django.contrib.admin",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE += [
    "django.contrib.sessions.middleware.SessionMiddleware",
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
