"""The host's settings: a strict content security policy, and a database of its own."""

from __future__ import annotations

import os
from pathlib import Path

import environ

from tests.settings import *  # noqa: F403 - settings are made to be taken over
from tests.settings import MIDDLEWARE
from tests.settings import TEMPLATES as THEIRS

HERE = Path(__file__).parent
ROOT = Path(os.environ["LIVE_ROOT"])
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.live.host.urls"
MEDIA_ROOT = ROOT / "media"
STATICFILES_DIRS = [HERE / "static"]
TEMPLATES = [{**THEIRS[0], "DIRS": [HERE / "templates"]}]
MIDDLEWARE = [
    "tests.live.host.policy.strict",
    "django.middleware.gzip.GZipMiddleware",
    *MIDDLEWARE,
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]
_url = os.environ.get("LIVE_DATABASE_URL", f"sqlite:///{ROOT / 'db.sqlite3'}")
DATABASES = {"default": {**environ.Env.db_url_config(_url)}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
UNIVERSAL_AI_LIVE = {"MAY_RETRY": "tests.live.rules.always"}
