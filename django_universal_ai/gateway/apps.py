from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UniversalAIGatewayConfig(AppConfig):
    name = "django_universal_ai.gateway"
    label = "universal_ai_gateway"
    verbose_name = _("Universal AI gateway")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks

        checks.register()
