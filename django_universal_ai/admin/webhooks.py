"""The admin of webhooks: what came in, what became of it, and why."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..models import WebhookReceipt
from ..webhooks import reprocess
from . import links
from .read_only import ReadOnlyAdmin


@admin.register(WebhookReceipt)
class WebhookReceiptAdmin(ReadOnlyAdmin[WebhookReceipt]):
    """Webhooks are kept as they came; they can be worked on once more."""

    list_display = ("received_at", "public_id", "signature", "state", "reason", "job_link")
    list_filter = ("state", "signature")
    list_per_page = 50
    search_fields = ("public_id__startswith",)
    search_help_text = _("The service's id of the job.")
    ordering = ("-received_at",)
    actions = ("reprocess",)
    fields = (
        "received_at",
        "copies",
        "public_id",
        "job_link",
        "signature",
        "state",
        "reason",
        "attempts",
        "due_at",
        "body",
    )
    readonly_fields = ("job_link",)

    def has_reprocess_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.change_webhookreceipt")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookReceipt]:
        rows = super().get_queryset(request).select_related("job")
        # The body and the job's output may hold megabytes; a page that shows them fetches them.
        columns = (field.attname for field in WebhookReceipt._meta.concrete_fields)
        mine = [name for name in columns if name != "body"]
        return rows.only(*mine, "job__requested_model")

    @admin.display(description=_("Job"))
    def job_link(self, receipt: WebhookReceipt) -> str:
        if receipt.job is None:
            return ""
        return links.link(links.job_url(self.admin_site, receipt.job.pk), receipt.job)

    @admin.action(permissions=["reprocess"], description=_("Work on it once more"))
    def reprocess(self, request: HttpRequest, queryset: QuerySet[WebhookReceipt]) -> None:
        done = sum(map(reprocess, queryset))
        words = ngettext(
            "%d webhook is worked on once more.", "%d webhooks are worked on once more.", done
        )
        self.message_user(request, words % done, messages.SUCCESS if done else messages.WARNING)
