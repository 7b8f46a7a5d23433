"""Pausing an account: a person says that no request of it may leave, and lets it go on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import limits, waking
from ..models import Account, Status, UniversalAIJob
from ..models.database import on_commit
from . import audit
from .account_words import aliases_of
from .reasons import reason_field

_AT_THE_SERVICE = (Status.SUBMITTING, Status.UNCERTAIN, Status.PROCESSING)
#: Accounts that one click may touch.
MOST = 100


class PauseForm(forms.Form):
    """Why, for those who find their jobs waiting."""

    reason = reason_field(gettext_lazy("Whoever may see the account or one of its jobs reads it."))


def pause(request: HttpRequest, accounts: list[Account], reason: str) -> None:
    """Pause the accounts that aren't, log it, and say what came of it."""
    who = request.user.get_username()
    done = [account for account in accounts if limits.pause(account.pk, by=who, reason=reason)]
    audit.changed(request, done, _("Paused: %(reason)s") % {"reason": reason})
    if done:
        words = ngettext(
            "%(count)d account is paused: no request of it leaves until a person lets it go on.",
            "%(count)d accounts are paused: no request of them leaves until a person lets them "
            "go on.",
            len(done),
        )
        messages.success(request, words % {"count": len(done)})
    if skipped := len(accounts) - len(done):
        words = ngettext(
            "%(count)d account is skipped: it was paused before.",
            "%(count)d accounts are skipped: they were paused before.",
            skipped,
        )
        messages.warning(request, words % {"count": skipped})


def resume(request: HttpRequest, accounts: list[Account]) -> None:
    """Let the paused ones of the accounts go on, log it, and wake the workers."""
    done = [account for account in accounts if limits.resume(account.pk)]
    audit.changed(request, done, _("Resumed."))
    if done:
        on_commit(waking.advance)
        words = ngettext("%(count)d account goes on.", "%(count)d accounts go on.", len(done))
        messages.success(request, words % {"count": len(done)})
    if skipped := len(accounts) - len(done):
        words = ngettext(
            "%(count)d account is skipped: nobody had paused it.",
            "%(count)d accounts are skipped: nobody had paused them.",
            skipped,
        )
        messages.warning(request, words % {"count": skipped})


def row(account: Account) -> dict[str, Any]:
    """What the confirmation tells of an account: the jobs that will wait."""
    mine = UniversalAIJob.objects.filter(backend__in=aliases_of(account.name))
    return {
        "account": account,
        "pending": mine.filter(status=Status.PENDING).count(),
        "at_work": mine.filter(status__in=_AT_THE_SERVICE).count(),
    }
