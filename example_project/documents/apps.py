from __future__ import annotations

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "example_project.documents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import receivers  # noqa: F401 - importing it connects the receivers
