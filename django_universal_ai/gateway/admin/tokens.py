"""Tokens in the admin: made there, shown once, revoked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import options
from django.db.models import Field, QuerySet
from django.forms import Field as FormField
from django.forms import SplitDateTimeField
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ...admin import links
from ...admin.read_only import StyledAdmin
from ...contract import format_cost
from .. import ledger, meters, tokens
from ..models import DailyUsage, Token
from ..models.token import LIMITS
from .token_form import TokenForm


@admin.register(Token)
class TokenAdmin(StyledAdmin[Token]):
    """Making, limiting, finding and revoking tokens. None is ever shown after it was made."""

    form = TokenForm

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
    _used = ("in_flight", "today", "this_month", "usage_list")
    _own_facts = ("prefix", "created_at", "last_used_at", "revoked_at")
    #: A token that is out there can't become another's, or start to cost money.
    _fixed = ("owner", "sandbox")

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> FormField | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, SplitDateTimeField):
            # Django writes these words, of its own catalogue, beside the boxes, for eyes only.
            for box, word in zip(field.widget.widgets, ("Date:", "Time:"), strict=True):
                box.attrs["aria-label"] = f"{field.label}: {gettext(word).rstrip(':')}"
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Token | None = None) -> Any:
        asked = self._asked_for if obj is None else (*self._asked_for, *self._own_facts)
        limits = (
            _("Limits"),
            {
                "fields": LIMITS,
                "description": _("Empty: no limit. A change counts from the next request on."),
            },
        )
        used = _("Used"), {"fields": self._used}
        return [(None, {"fields": asked}), limits, *([] if obj is None else [used])]

    def get_readonly_fields(self, request: HttpRequest, obj: Token | None = None) -> Any:
        return () if obj is None else (*self._fixed, *self._own_facts, *self._used)

    @admin.display(description=_("in flight"))
    def in_flight(self, token: Token) -> str:
        return _of(str(_standing(token).in_flight), token.most_in_flight)

    @admin.display(description=_("today (UTC)"))
    def today(self, token: Token) -> str:
        return _credits(_standing(token).day_spent, token.credits_per_day)

    @admin.display(description=_("this month"))
    def this_month(self, token: Token) -> str:
        return _credits(_standing(token).month_spent, token.credits_per_month)

    @admin.display(description=_("day by day"))
    def usage_list(self, token: Token) -> str:
        url = links.list_url(self.admin_site, DailyUsage, token__id__exact=token.pk)
        words = gettext("Jobs and credits of this token")
        return links.link(url, words)

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
        if obj.is_metered:
            meters.recount(obj)

    def response_add(
        self, request: HttpRequest, obj: Token, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page with the token itself: the answer to this one request, and never again."""
        context = {"title": _("Your new token"), "token": obj}
        response = self.own_page(request, self.created_template, context)
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


def _standing(token: Token) -> meters.Standing:
    """Worked out once for all that a page shows of a token."""
    known: meters.Standing | None = getattr(token, "_standing", None)
    if known is None:
        ledger.catch_up(token)
        known = token._standing = meters.standing(token)  # type: ignore[attr-defined]
    return known


def _credits(spent: Decimal, limit: Decimal | None) -> str:
    words = gettext("%(credits)s credits") % {"credits": format_cost(spent)}
    return _of(words, None if limit is None else format_cost(limit))


def _of(used: str, limit: object) -> str:
    if limit is None:
        return used
    return gettext("%(used)s of %(limit)s") % {"used": used, "limit": limit}
