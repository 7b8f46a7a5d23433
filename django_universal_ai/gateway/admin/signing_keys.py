"""Signing keys in the admin: their public halves. The command makes and rotates them."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ...admin.read_only import ReadOnlyAdmin
from ..models import SigningKey


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin[SigningKey]):
    """Which key signs, and which ones have signed. The private halves are shown nowhere."""

    list_display = ("fingerprint", "signs", "created_at", "retired_at")
    fields = ("fingerprint", "signs", "public", "created_at", "retired_at")
    readonly_fields = ("signs", "public")

    def has_delete_permission(self, request: HttpRequest, obj: SigningKey | None = None) -> bool:
        return False

    @admin.display(description=_("Signs"), boolean=True)
    def signs(self, key: SigningKey) -> bool:
        return bool(key.is_current)

    @admin.display(description=_("Public key"))
    def public(self, key: SigningKey) -> SafeString:
        return format_html('<pre class="uai-raw">{}</pre>', key.public_key)
