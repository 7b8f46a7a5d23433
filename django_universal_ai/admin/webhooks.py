"""The admin of webhooks: what came in, what became of it, and why."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from .. import webhooks
from ..contract import redact
from ..models import ReceiptState, Signature, WebhookReceipt
from . import audit, wording
from .json_tree import tree
from .of_a_job import OfAJobAdmin
from .page_actions import page_action

#: Webhooks that one click may touch.
MOST = 1000

_STATES: dict[str, tuple[str, str]] = {
    ReceiptState.PENDING: ("◷", "busy"),
    ReceiptState.WAITING: ("◷", "warning"),
    ReceiptState.APPLIED: ("✓", "good"),
    ReceiptState.IGNORED: ("○", "quiet"),
    ReceiptState.REFUSED: ("✕", "bad"),
}
_SIGNATURES: dict[str, tuple[str, str]] = {
    Signature.VALID: ("✓", "good"),
    Signature.INVALID: ("✕", "bad"),
    Signature.UNCHECKED: ("?", "quiet"),
}


@admin.register(WebhookReceipt)
class WebhookReceiptAdmin(OfAJobAdmin[WebhookReceipt]):
    """Webhooks are kept as they came; they can be worked on once more."""

    list_display = ("received_at", "state_badge", "why", "job_link", "public_id", "signed")
    list_filter = ("state", "signature")
    list_per_page = 50
    search_fields = ("public_id__startswith",)
    search_hint = _("The service's id of the job.")
    ordering = ("-received_at",)
    actions = ("reprocess",)
    fields = (
        "state_badge",
        "why",
        "job_link",
        "public_id",
        "signed",
        "received_at",
        "copies",
        "attempts",
        "due_at",
        "content",
    )
    readonly_fields = ("state_badge", "why", "job_link", "signed", "content")
    large = ("body",)

    def has_reprocess_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.change_webhookreceipt")

    @admin.display(description=_("State"), ordering="state")
    def state_badge(self, receipt: WebhookReceipt) -> SafeString:
        return wording.badge(*_STATES[receipt.state], receipt.get_state_display())

    @admin.display(description=_("Signature"), ordering="signature")
    def signed(self, receipt: WebhookReceipt) -> SafeString:
        short, _colon, rest = receipt.get_signature_display().partition(":")
        badge = wording.badge(*_SIGNATURES[receipt.signature], short)
        return format_html("{} {}", badge, rest) if rest else badge

    @admin.display(description=_("Reason"))
    def why(self, receipt: WebhookReceipt) -> str:
        return redact(receipt.reason)

    @admin.display(description=_("Content"))
    def content(self, receipt: WebhookReceipt) -> SafeString | str:
        if not receipt.body:
            return gettext("Not kept: the job has the result, or nothing of it could be believed.")
        try:
            return tree(json.loads(receipt.body), hides_named_secrets=True)
        except (ValueError, RecursionError):
            return format_html('<pre class="uai-raw">{}</pre>', redact(receipt.body))

    @page_action(permission="reprocess", one=_("Reprocess"), many=_("Reprocess selected webhooks"))
    def reprocess(self, request: HttpRequest, queryset: QuerySet[WebhookReceipt]) -> None:
        chosen = list(queryset[:MOST])
        done = [receipt for receipt in chosen if webhooks.reprocess(receipt)]
        audit.changed(request, done, gettext("To be worked on once more."))
        if done:
            words = ngettext(
                "%(count)d webhook is worked on once more.",
                "%(count)d webhooks are worked on once more.",
                len(done),
            )
            messages.success(request, words % {"count": len(done)})
        if refused := len(chosen) - len(done):
            words = ngettext(
                "%(count)d webhook is skipped: it was refused, and nothing of it was kept.",
                "%(count)d webhooks are skipped: they were refused, and nothing of them was kept.",
                refused,
            )
            messages.warning(request, words % {"count": refused})
