"""The admin of accounts: who may send, who stands still, and why."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ..models import Account
from . import account_words, pausing
from .page_actions import PageActionAdmin, page_action

_PAUSE = "universal_ai_account_pause"


@admin.register(Account)
class AccountAdmin(PageActionAdmin[Account]):
    """What all processes and hosts share about an account; people pause it and let it go on."""

    list_display = ("name", "state", "words")
    ordering = ("name",)
    actions = ("pause", "resume")
    fields = ("name", "state", "words", "next_request_at", "closed_until", "refused_at",
              "listless_until")  # fmt: skip
    readonly_fields = ("state", "words")

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return False  # the row is made anew by the next request, with everything forgotten

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.pause_account")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.pause_view))
        return [path("pause/", view, name=_PAUSE), *super().get_urls()]

    # ----------------------------------------------------------------------------- the columns

    @admin.display(description=_("State"))
    def state(self, account: Account) -> SafeString:
        return account_words.state_badge(account)

    @admin.display(description=_("What that means"))
    def words(self, account: Account) -> str:
        return account_words.trouble(account) or gettext("Requests may leave.")

    # ----------------------------------------------------------------------------- the actions

    def buttons(self, request: HttpRequest, row: Account | None) -> list[tuple[str, str]]:
        """Of the two, the one that changes something."""
        useless = "pause" if row is not None and row.paused_at else "resume"
        return [pair for pair in super().buttons(request, row) if pair[0] != useless]

    @page_action(permission="pause", one=_("Pause…"), many=_("Pause selected accounts…"))
    def pause(self, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponseBase:
        return self._ask(request, list(queryset[: pausing.MOST]), pausing.PauseForm())

    @page_action(permission="pause", one=_("Resume"), many=_("Resume selected accounts"))
    def resume(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        pausing.resume(request, list(queryset[: pausing.MOST]))

    def pause_view(self, request: HttpRequest) -> HttpResponseBase:
        """The answer to the confirmation page."""
        if not self.has_pause_permission(request):
            raise PermissionDenied
        names = request.POST.getlist(ACTION_CHECKBOX_NAME)
        accounts = list(self.get_queryset(request).filter(pk__in=names)[: pausing.MOST])
        form = pausing.PauseForm(request.POST)
        if accounts and not form.is_valid():
            return self._ask(request, accounts, form)
        if accounts:
            pausing.pause(request, accounts, form.cleaned_data["reason"])
        return self.after(accounts)

    def _ask(
        self, request: HttpRequest, accounts: list[Account], form: pausing.PauseForm
    ) -> TemplateResponse:
        context = {
            "title": gettext("Pause?"),
            "rows": [pausing.row(account) for account in accounts],
            "form": form,
        }
        template = "admin/universal_ai/account/pause_confirmation.html"
        return self.own_page(request, template, context)
