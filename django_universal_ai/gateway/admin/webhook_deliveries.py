"""Outgoing webhooks in the admin: what was told to whom, how it went, and once more."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ...admin import audit, wording
from ...admin.of_a_job import OfAJobAdmin
from ...admin.page_actions import page_action
from ...contract import redact
from ..models import DeliveryState, WebhookDelivery
from ..outgoing import deliveries

#: Webhooks that one click may touch.
MOST = 1000

_STATES: dict[str, tuple[str, str]] = {
    DeliveryState.DUE: ("◷", "busy"),
    DeliveryState.DELIVERED: ("✓", "good"),
    DeliveryState.REFUSED: ("✕", "bad"),
    DeliveryState.FAILED: ("✕", "bad"),
}


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(OfAJobAdmin[WebhookDelivery]):
    """The log of deliveries. Receivers are shown without path and query."""

    list_display = (
        "created_at",
        "state_badge",
        "origin",
        "job_link",
        "kind",
        "status_code",
        "attempts",
        "seconds",
        "due_at",
    )
    list_filter = ("state", "kind", "created_at")
    list_per_page = 50
    search_fields = ("origin__startswith", "job__id")
    search_hint = _("Beginning of the receiver, or the id of the job.")
    ordering = ("-created_at",)
    actions = ("deliver_again", "send_test")
    fields = (
        "state_badge",
        "origin",
        "job_link",
        "kind",
        "status_code",
        "why",
        "start_of_answer",
        "attempts",
        "failures",
        "seconds",
        "created_at",
        "delivered_at",
        "due_at",
    )
    readonly_fields = ("state_badge", "job_link", "why", "start_of_answer")

    def has_deliver_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai_gateway.change_webhookdelivery")

    @admin.display(description=_("State"), ordering="state")
    def state_badge(self, delivery: WebhookDelivery) -> SafeString:
        return wording.badge(*_STATES[delivery.state], delivery.get_state_display())

    @admin.display(description=_("Reason"))
    def why(self, delivery: WebhookDelivery) -> str:
        return redact(delivery.error)

    @admin.display(description=_("Start of the answer"))
    def start_of_answer(self, delivery: WebhookDelivery) -> SafeString | str:
        if not delivery.answer:
            return ""
        return format_html('<pre class="uai-raw">{}</pre>', delivery.answer)

    @page_action(permission="deliver", one=_("Deliver again"), many=_("Deliver selected again"))
    def deliver_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        chosen = list(queryset[:MOST])
        done = [delivery for delivery in chosen if deliveries.deliver_again(delivery)]
        audit.changed(request, done, gettext("To be delivered again."))
        if done:
            words = ngettext(
                "%(count)d webhook is delivered again.",
                "%(count)d webhooks are delivered again.",
                len(done),
            )
            messages.success(request, words % {"count": len(done)})
        if skipped := len(chosen) - len(done):
            words = ngettext(
                "%(count)d webhook is skipped: it is being sent right now.",
                "%(count)d webhooks are skipped: they are being sent right now.",
                skipped,
            )
            messages.warning(request, words % {"count": skipped})

    @page_action(permission="deliver", one=_("Send a test"), many=_("Send a test to the receivers"))
    def send_test(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        tests = [deliveries.send_test(delivery) for delivery in queryset[:MOST]]
        for test in tests:
            audit.added(request, test, gettext("A test."))
        words = ngettext(
            "%(count)d test is sent; its own row says how it goes.",
            "%(count)d tests are sent; their own rows say how they go.",
            len(tests),
        )
        messages.success(request, words % {"count": len(tests)})
