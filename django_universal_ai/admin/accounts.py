"""The admin of accounts: who may send, who stands still, and why."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ..models import Account
from . import account_words, wording
from .read_only import ReadOnlyAdmin


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin[Account]):
    """What all processes and hosts share about an account."""

    list_display = ("name", "state", "words")
    ordering = ("name",)
    fields = ("name", "state", "words", "next_request_at", "closed_until", "refused_at",
              "listless_until")  # fmt: skip
    readonly_fields = ("state", "words")

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return False  # the row is made anew by the next request, with everything forgotten

    @admin.display(description=_("State"))
    def state(self, account: Account) -> SafeString:
        if account.refusal:
            return wording.badge("✕", "bad", _now("refused"))
        if account_words.is_closed(account):
            return wording.badge("◷", "warning", _now("pausing"))
        return wording.badge("✓", "good", _now("open"))

    @admin.display(description=_("What that means"))
    def words(self, account: Account) -> str:
        return account_words.trouble(account) or _now("Requests may leave.")
