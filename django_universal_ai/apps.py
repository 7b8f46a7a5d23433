from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UniversalAIConfig(AppConfig):
    name = "django_universal_ai"
    label = "universal_ai"
    verbose_name = _("Universal AI")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks, logs, telemetry, worker

        checks.register()
        logs.install()
        telemetry.install()
        worker.install()
