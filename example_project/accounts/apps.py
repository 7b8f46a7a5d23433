from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "example_project.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - importing it registers the check
