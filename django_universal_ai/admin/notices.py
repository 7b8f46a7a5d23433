"""What an operator should see first, above the list."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Account, UniversalAIJob
from . import account_words


@dataclass(frozen=True, slots=True)
class Notice:
    """A line above the list, and which jobs it is about."""

    words: str
    #: A query string of the list; empty where there is nothing to select.
    query: str = ""


def notices() -> list[Notice]:
    """Accounts that stand still, and jobs whose outcome is unknown. Two queries."""
    found = [
        Notice(_("Account “%(name)s”: %(words)s") % {"name": account.name, "words": words})
        for account in Account.objects.order_by("name")
        if (words := account_words.trouble(account))
    ]
    if uncertain := UniversalAIJob.objects.uncertain().order_by().count():
        words = ngettext(
            "%(count)d job needs a person: nobody can tell whether the service took it.",
            "%(count)d jobs need a person: nobody can tell whether the service took them.",
            uncertain,
        )
        found.append(Notice(words % {"count": uncertain}, "?needs=look"))
    return found
