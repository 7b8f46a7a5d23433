from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UniversalAIGatewayConfig(AppConfig):
    name = "django_universal_ai.gateway"
    label = "universal_ai_gateway"
    verbose_name = _("Universal AI gateway")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .. import signals
        from ..engine import errands
        from . import checks
        from .outgoing import deliveries, posts

        checks.register()
        for signal in (signals.job_succeeded, signals.job_failed):
            signal.connect(deliveries.note_end, dispatch_uid="universal_ai_gateway.webhooks")
        errand = errands.Errand(posts.has_due, posts.start_due)
        errands.register("universal_ai_gateway.webhooks", errand)
