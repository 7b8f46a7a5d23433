from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UniversalAIGatewayConfig(AppConfig):
    name = "django_universal_ai.gateway"
    label = "universal_ai_gateway"
    verbose_name = _("Universal AI gateway")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ..engine import errands
        from ..models import UniversalAIJob
        from ..signals import job_failed, job_succeeded
        from . import checks, ledger, needs
        from .outgoing import deliveries, posts

        checks.register()
        needs.register()
        for ended in (job_succeeded, job_failed):
            ended.connect(
                ledger.count_ended,
                sender=UniversalAIJob,
                dispatch_uid="universal_ai_gateway.count_ended",
            )
            ended.connect(
                deliveries.note_end,
                sender=UniversalAIJob,
                dispatch_uid="universal_ai_gateway.webhooks",
            )
        errand = errands.Errand(posts.has_due, posts.start_due)
        errands.register("universal_ai_gateway.webhooks", errand)
