"""Django's system checks of the gateway. Ids: ``universal_ai_gateway.E001`` and so on."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import (
    FileSystemStorage,
    InvalidStorageError,
    default_storage,
    storages,
)
from django.urls import NoReverseMatch, reverse

from ..models.file import STORAGE_ALIAS, file_storage
from .conf import gateway_settings
from .outgoing import keys


def register() -> None:
    """Make ``manage.py check`` know the gateway."""
    checks.register(check_settings, "universal_ai")
    checks.register(check_signing, "universal_ai")
    checks.register(check_packages, "universal_ai")
    checks.register(check_urls, "universal_ai")
    checks.register(check_uploads_are_private, "universal_ai", deploy=True)


def check_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.UNIVERSAL_AI_GATEWAY`` can be used."""
    try:
        gateway_settings()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="universal_ai_gateway.E001")]
    return []


def check_signing(**kwargs: Any) -> list[checks.CheckMessage]:
    """Webhooks that clients ask for can be signed."""
    if problem := keys.why_unable():
        message = "Jobs with a webhook_receiver are refused: their webhooks can't be signed."
        return [checks.Warning(message, hint=problem, id="universal_ai_gateway.W002")]
    return []


def check_packages(**kwargs: Any) -> list[checks.CheckMessage]:
    """What the gateway is made with is installed."""
    missing = [name for name in ("ninja", "filetype") if find_spec(name) is None]
    if not missing:
        return []
    return [
        checks.Error(
            f"The gateway needs packages that aren't installed: {', '.join(missing)}.",
            hint="pip install 'django-universal-ai[gateway]'",
            id="universal_ai_gateway.E004",
        )
    ]


def check_urls(**kwargs: Any) -> list[checks.CheckMessage]:
    """The gateway is served."""
    if find_spec("ninja") is None:
        return []  # check_packages says so, and the URLs couldn't be loaded
    try:
        reverse("universal_ai_gateway:openapi")
    except NoReverseMatch:
        return [
            checks.Warning(
                "The gateway is installed, but the URLconf doesn't have it.",
                hint='Add path("v3/", include("django_universal_ai.gateway.urls")).',
                id="universal_ai_gateway.W005",
            )
        ]
    return []


def check_uploads_are_private(**kwargs: Any) -> list[checks.CheckMessage]:
    """Uploads aren't kept where projects keep what everybody may see."""
    try:
        storage = file_storage()
    except (InvalidStorageError, ImproperlyConfigured, TypeError):
        return []  # the app's own check says so
    is_public = storage is default_storage or _shares_its_folder(storage)
    if not is_public:
        return []
    return [
        checks.Warning(
            "Uploads are kept in the default storage, which many projects serve to the public.",
            hint=f"Give STORAGES an entry {STORAGE_ALIAS!r} whose place no web server serves.",
            id="universal_ai_gateway.W003",
        )
    ]


def _shares_its_folder(storage: Any) -> bool:
    """A second storage that points at the folder of the default one."""
    ours, default = (
        each.location if isinstance(each, FileSystemStorage) else None
        for each in (storage, storages["default"])
    )
    return ours is not None and ours == default
