"""Tokens in the admin: made there, shown once, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin import options
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .. import tokens
from ..models import Token

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Token]
else:  # at run time Django's class takes no parameter
    Base = admin.ModelAdmin


@admin.register(Token)
class TokenAdmin(Base):
    """Making, finding and revoking tokens. None is ever shown after it was made."""

    list_display = (
        "__str__",
        "owner",
        "sandbox",
        "is_valid",
        "created_at",
        "expires_at",
        "last_used_at",
    )
    list_filter = ("sandbox", "created_at", "revoked_at")
    list_select_related = ("owner",)
    search_fields = ("name", "prefix")
    raw_id_fields = ("owner",)
    actions = ("revoke",)
    created_template = "admin/universal_ai_gateway/token/created.html"

    _asked_for = ("owner", "name", "sandbox", "expires_at")
    _own_facts = ("prefix", "created_at", "last_used_at", "revoked_at")
    #: A token that is out there can't become another's, or start to cost money.
    _fixed = ("owner", "sandbox")

    def get_fields(self, request: HttpRequest, obj: Token | None = None) -> Any:
        return self._asked_for if obj is None else (*self._asked_for, *self._own_facts)

    def get_readonly_fields(self, request: HttpRequest, obj: Token | None = None) -> Any:
        return () if obj is None else (*self._fixed, *self._own_facts)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        return {"owner": str(request.user.pk), **initial}

    @admin.display(description=_("valid"), boolean=True)
    def is_valid(self, token: Token) -> bool:
        return token.is_valid

    def save_model(self, request: HttpRequest, obj: Token, form: Any, change: bool) -> None:
        if not change:
            tokens.issue(obj)
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Token, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page with the token itself: the answer to this one request, and never again."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Your new token"),
            "token": obj,
        }
        response = TemplateResponse(request, self.created_template, context)
        add_never_cache_headers(response)
        return response

    @admin.action(permissions=["change"], description=_("Revoke selected tokens"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        count = 0
        for token in queryset:
            if tokens.revoke(token):
                count += 1
                self.log_change(request, token, "Revoked.")
        message = ngettext("%d token was revoked.", "%d tokens were revoked.", count) % count
        self.message_user(request, message, messages.SUCCESS)

    # From Django 6.1 on an action may stand on the page of one token as well.
    revoke.locations = list(getattr(options, "ActionLocation", ()))  # type: ignore[attr-defined]
