"""Settings of the example project. Everything that differs between machines is an environment
variable (see the table in the README); the defaults need no server and no key."""

from __future__ import annotations

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(environ.Env().str("EXAMPLE_VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="only-for-the-example-set-one-where-others-can-reach-it")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

INSTALLED_APPS = [
    "example_project.accounts",
    "example_project.documents",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_universal_ai",
    "django_universal_ai.gateway",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "example_project.csp.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

SECURE_CSP = {
    "default-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
}

ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"

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
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Several processes write: let readers and writers not block each other, and let a writer
    # take its lock at the start instead of failing in the middle.
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

#: Pictures of pages, drawn once; shared by all processes of the site.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 1000},
    }
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
#: Those that the package has words in; the reader's browser says which one.
LANGUAGES = [
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("pt-br", "Português (Brasil)"),
    ("zh-hans", "简体中文"),
]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "media/"
MEDIA_ROOT = VAR_DIR / "media"
LOGIN_URL = "accounts:log_in"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "documents:home"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns about a folder that isn't there

# ------------------------------------------------------------------------------------- Celery

#: Files in a folder are the broker that needs no server, and that survives a worker's death.
EMBEDDED_BROKER = "filesystem://localhost/"
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=EMBEDDED_BROKER)
#: Sites that share a broker tell their queues apart by it.
QUEUE_PREFIX = env.str("EXAMPLE_QUEUE_PREFIX", default="")
CELERY_TASK_DEFAULT_QUEUE = f"{QUEUE_PREFIX}celery"
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
if CELERY_BROKER_URL.startswith("filesystem"):
    for _folder in ("messages", "control"):
        (VAR_DIR / "broker" / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker" / "messages"),
        "data_folder_out": str(VAR_DIR / "broker" / "messages"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
        "polling_interval": 0.2,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # A broker that swallows packets must not hold up the view that submits a job.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_timeout": 4,
        "socket_connect_timeout": 2,
        "retry_on_timeout": False,
    }
else:
    CELERY_BROKER_CONNECTION_TIMEOUT = 4

# ------------------------------------------------------------------------------- Universal AI

API_KEY = env.str("UNIVERSAL_AI_API_KEY", default="")
UNIVERSAL_AI = {
    "default": {
        "BACKEND": "django_universal_ai.backends.http.HTTPBackend",
        "OPTIONS": {
            "api_key": API_KEY,
            "base_url": env.str("UNIVERSAL_AI_BASE_URL", default="https://api.edenai.run"),
            "rate_limit": env.float("UNIVERSAL_AI_RATE_LIMIT", default=10.0),
            "webhook_url": env.str("UNIVERSAL_AI_WEBHOOK_URL", default="") or None,
            "webhook_public_keys": env.list("UNIVERSAL_AI_WEBHOOK_PUBLIC_KEYS", default=[]),
        },
    },
    "local": {
        "BACKEND": "django_universal_ai.backends.local.LocalBackend",
        "OPTIONS": {
            "queue": f"{QUEUE_PREFIX}universal_ai_local",
            "prices": env.json("OFFLINE_PRICES", default={}),
        },
    },
}
# Who sees how a job goes: whoever sees its document, also a visitor without an account.
UNIVERSAL_AI_LIVE = {"MAY_SEE": "example_project.documents.visitors.may_see"}
#: Credits that each account may spend a month; the admin has budgets that differ. What offline work
#: costs is in ``OFFLINE_PRICES``, by default nothing.
MONTHLY_BUDGET = env.str("MONTHLY_BUDGET", default="10")
# Whom this site may call although the address is no public one: receivers of webhooks on this
# machine, for one.
UNIVERSAL_AI_OUTWARD = {"TRUSTED": env.list("UNIVERSAL_AI_TRUSTED", default=[])}

if not API_KEY:
    # Without a key the site is offline on purpose; no need to warn of it at every start.
    SILENCED_SYSTEM_CHECKS = ["universal_ai.W001"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django_universal_ai": {"handlers": ["console"], "level": "INFO", "propagate": False}
    },
}
